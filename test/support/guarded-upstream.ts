import { createPublicKey, type KeyObject, verify } from 'node:crypto';
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

/** Of tokens that were exchanged for others: they are no JWT. */
const EXCHANGED = /^(exchanged-for-.+)-\d+$/;
const ownerOf = (token: string): string => EXCHANGED.exec(token)?.[1] ?? claimsOf(token).sub;

/** An upstream that lets nobody in without a token of an authorisation server. Its tool `who` says whose it was shown. */
export class GuardedUpstream implements AsyncDisposable {
  /** Tokens that it takes no more. */
  readonly revoked = new Set<string>();
  /** Tokens that it has taken, by whose they are. */
  readonly taken = new Map<string, Set<string>>();
  /** Whose tokens came with each session. */
  readonly inSession = new Map<string, Set<string>>();

  private constructor(
    readonly server: SdkUpstream,
    private readonly issuer: UpstreamAuthorizationServer,
    private readonly keys: readonly KeyObject[],
  ) {
    server.before = (request, response) => this.turnsAway(request, response);
    server.offer.offerTools([testTool('who', 'Says whose token it was shown', (call) => text(subjectOf(call)))]);
  }

  static async start(era: UpstreamEra, issuer: UpstreamAuthorizationServer): Promise<GuardedUpstream> {
    const { keys } = (await (await fetch(`${issuer.issuer}/jwks`)).json()) as { keys: object[] };
    const published = keys.map((key) => createPublicKey({ key: key as never, format: 'jwk' }));
    return new GuardedUpstream(await SdkUpstream.start(era), issuer, published);
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
      const owner = ownerOf(token);
      note(this.taken, owner, token);
      const session = headers['mcp-session-id'];
      if (typeof session === 'string') note(this.inSession, session, owner);
      return false;
    }
    response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
    return true;
  }

  private isGood(token: string): boolean {
    if (this.revoked.has(token)) return false;
    return EXCHANGED.test(token) ? this.issuer.given.includes(token) : this.isSignedForThis(token);
  }

  private isSignedForThis(token: string): boolean {
    const [head, body, signature] = token.split('.');
    const signed = Buffer.from(`${head}.${body}`);
    const isSigned = this.keys.some((key) => verify('sha256', signed, key, Buffer.from(signature ?? '', 'base64url')));
    if (!isSigned) return false;
    const { aud, exp } = claimsOf(token);
    return aud === this.server.url && Date.now() < exp * 1_000;
  }
}

const note = (notes: Map<string, Set<string>>, key: string, value: string) =>
  notes.set(key, (notes.get(key) ?? new Set<string>()).add(value));

/** Of the token that came with a call. */
function subjectOf(call: ToolCall): string {
  const { headers } = call as unknown as { readonly headers: Headers };
  return ownerOf(headers.get('authorization')!.slice('Bearer '.length));
}
