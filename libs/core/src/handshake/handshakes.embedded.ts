import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { Database } from '#database/database.js';
import { type HandshakeInput, Handshakes, type MCPHandshakeResponse } from './handshakes.js';
import { negotiate, type Offer } from './negotiation.js';
import { SessionTokens } from './session-token.js';

/** Injection token of the operator's `Offer`. */
export const HANDSHAKE_OFFER = Symbol('HANDSHAKE_OFFER');

/** Handshakes whose tokens are sealed with a key that the replicas share through the database. */
@Injectable()
export class EmbeddedHandshakes extends Handshakes {
  private tokens: Promise<SessionTokens> | undefined;

  constructor(
    private readonly database: Database,
    @Inject(HANDSHAKE_OFFER) private readonly offer: Offer,
  ) {
    super();
  }

  async open(caller: Caller, input: HandshakeInput): Promise<MCPHandshakeResponse> {
    const expiresAt = Date.now() + this.offer.tokenTtlSeconds * 1_000;
    return {
      ...negotiate(input, this.offer),
      mcp_session_token: (await this.sealer()).issue(caller, input.workspace_id, expiresAt),
      expires_at: new Date(expiresAt).toISOString(),
    };
  }

  async callerOf(token: string): Promise<Caller | undefined> {
    return (await this.sealer()).read(token, Date.now());
  }

  /** The key never changes: read once, and again only after a failure. */
  private sealer(): Promise<SessionTokens> {
    this.tokens ??= this.readKey().catch((error: unknown) => {
      this.tokens = undefined;
      throw error;
    });
    return this.tokens;
  }

  private async readKey(): Promise<SessionTokens> {
    const { value } = await this.database
      .selectFrom('keys')
      .select('value')
      .where('name', '=', 'session_token')
      .executeTakeFirstOrThrow();
    return new SessionTokens(value);
  }
}
