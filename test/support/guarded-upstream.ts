import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ToolCall } from '#gateway/tools/tool.js';
import type { UpstreamAuthorizationServer } from './authorization-server.js';
import { testTool, text } from './everything/test-tool.js';
import { SdkUpstream, type UpstreamEra, type UpstreamRequestSeen } from './upstream-servers/sdk-upstream.js';

interface Claims {
  readonly sub: string;
  readonly aud: string;
  readonly exp: number;
}

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims;

/** An upstream that lets nobody in without a token that an authorisation server has signed for it. Its tool `who` says whose it was shown. */
export class GuardedUpstream implements AsyncDisposable {
  /** Tokens that it takes no more. */
  readonly revoked = new Set<string>();
  /** Tokens that it has taken, by whose they are. */
  readonly taken = new Map<string, Set<string>>();
  /** How often it was asked with a token that it does not take, or with none. */
  refused = 0;

  private constructor(
    readonly server: SdkUpstream,
    private readonly keys: readonly JsonWebKey[],
  ) {
    server.before = (request, response) => this.turnsAway(request, response);
    server.offer.offerTools([testTool('who', 'Says whose token it was shown', (call) => text(subjectOf(call)))]);
  }

  static async start(era: UpstreamEra, { issuer }: UpstreamAuthorizationServer): Promise<GuardedUpstream> {
    const { keys } = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: JsonWebKey[] };
    return new GuardedUpstream(await SdkUpstream.start(era), keys);
  }

  /** From now on it takes none of the tokens that it has taken of this one. */
  revoke(subject: string): void {
    for (const token of this.taken.get(subject) ?? []) this.revoked.add(token);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]();
  }

  private turnsAway({ headers }: UpstreamRequestSeen, response: ServerResponse): boolean {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    if (token !== undefined && this.isGood(token)) {
      const { sub } = claimsOf(token);
      this.taken.set(sub, (this.taken.get(sub) ?? new Set()).add(token));
      return false;
    }
    this.refused++;
    response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
    return true;
  }

  private isGood(token: string): boolean {
    const [head, body, signature] = token.split('.');
    const isSigned = this.keys.some((key) =>
      verify(
        'sha256',
        Buffer.from(`${head}.${body}`),
        createPublicKey({ key, format: 'jwk' }),
        Buffer.from(signature ?? '', 'base64url'),
      ),
    );
    if (!isSigned || this.revoked.has(token)) return false;
    const { aud, exp } = claimsOf(token);
    return aud === this.server.url && Date.now() < exp * 1_000;
  }
}

/** Of the token that came with a call. */
function subjectOf(call: ToolCall): string {
  const { headers } = call as unknown as { readonly headers: Headers };
  return claimsOf(headers.get('authorization')!).sub;
}
