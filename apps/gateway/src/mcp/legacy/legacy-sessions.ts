import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#core/caller.js';
import type { Mount } from '#gateway/tools/mount.js';
import { resultMessage, RPC, RpcError } from '../json-rpc.js';
import type { RpcRequest } from '../rpc-message.js';
import { CallsInFlight } from './calls-in-flight.js';
import { LegacyMethods } from './legacy-methods.js';
import { LegacyMetrics } from './legacy.metrics.js';
import { type LegacySession, SessionTokens } from './legacy-session.js';
import { isLegacyVersion, LEGACY_VERSIONS, type LegacyVersion, negotiate, UNNAMED_VERSION } from './revisions.js';
import { SessionMemory } from './session-memory.js';
import { NOTHING, type SessionState } from './session-state.js';

/** What a request stands on: its session, if it has one, and the revision that it speaks. */
export interface Standing {
  readonly session: LegacySession | undefined;
  readonly state: SessionState;
  readonly version: LegacyVersion;
}

/** From the handshake to the end of a session, over HTTP. */
@Injectable()
export class LegacySessions {
  constructor(
    private readonly tokens: SessionTokens,
    private readonly memory: SessionMemory,
    private readonly methods: LegacyMethods,
    private readonly calls: CallsInFlight,
    private readonly metrics: LegacyMetrics,
  ) {}

  /** Answers `initialize`. */
  begin({ id, params }: RpcRequest, mount: Mount, caller: Caller, reply: FastifyReply): void {
    const version = negotiate(params['protocolVersion']);
    const session = this.tokens.begin(mount.path, caller, version, params);
    this.metrics.count('opened');
    void reply
      .header('mcp-session-id', this.tokens.seal(session))
      .type('application/json')
      .send(resultMessage(id, this.methods.initialize(mount, version)));
  }

  /** @throws RpcError for a session that there is not, or a revision that is not spoken */
  async resolve({ headers, mount, caller }: FastifyRequest): Promise<Standing> {
    const named = headers['mcp-protocol-version'];
    if (named !== undefined && !isLegacyVersion(named)) {
      const supported = LEGACY_VERSIONS.join(', ');
      throw new RpcError(RPC.SERVER_ERROR, `Bad Request: Unsupported protocol version (supported: ${supported})`, 400);
    }
    const token = headers['mcp-session-id'];
    if (token === undefined) return { session: undefined, state: NOTHING, version: named ?? UNNAMED_VERSION };
    const session = typeof token === 'string' ? this.tokens.open(mount!.path, token, caller!) : undefined;
    if (!session) throw this.notFound();
    const state = this.memory.read(session);
    const known = state instanceof Promise ? await state : state;
    if (known.revoked) throw this.notFound();
    this.metrics.see(session.id);
    return { session, state: known, version: session.version };
  }

  /** From here on nobody knows it, on any replica. */
  end(session: LegacySession): Promise<void> {
    this.metrics.count('ended');
    this.calls.cancel(session.id);
    return this.memory.change(session, { revoked: true });
  }

  /** One answer for what was never a session, is another's, has expired or was ended. */
  private notFound(): RpcError {
    this.metrics.count('unknown');
    return new RpcError(RPC.SESSION_NOT_FOUND, 'Session not found', 404);
  }
}
