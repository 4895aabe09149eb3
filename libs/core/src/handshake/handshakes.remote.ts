import { hkdfSync } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { CoreClient } from '#core/remote/core-client.js';
import { type HandshakeInput, Handshakes, MCPHandshakeResponse } from './handshakes.js';
import { SessionTokens } from './session-token.js';

/** Injection token of the bearer token for Achilles Core. */
export const CORE_API_KEY = Symbol('CORE_API_KEY');

/**
 * Handshakes of Achilles Core. Its token is for the gateway, not for clients: they get one of the gateway's own, sealed
 * with a key that every replica derives from the API key they share, so that the gateway stays stateless.
 */
@Injectable()
export class RemoteHandshakes extends Handshakes {
  private readonly tokens: SessionTokens;

  constructor(
    private readonly core: CoreClient,
    @Inject(CORE_API_KEY) apiKey: string,
  ) {
    super();
    this.tokens = new SessionTokens(Buffer.from(hkdfSync('sha256', apiKey, '', 'achilles mcp_session_token', 32)));
  }

  async open(caller: Caller, input: HandshakeInput): Promise<MCPHandshakeResponse> {
    const call = { method: 'POST', path: '/mcp/handshake', answer: MCPHandshakeResponse, repeatable: false } as const;
    const { body } = await this.core.call(caller, { ...call, body: input });
    const token = this.tokens.issue(caller, input.workspace_id, Date.parse(body.expires_at));
    return { ...body, mcp_session_token: token };
  }

  async callerOf(token: string): Promise<Caller | undefined> {
    return this.tokens.read(token, Date.now());
  }
}
