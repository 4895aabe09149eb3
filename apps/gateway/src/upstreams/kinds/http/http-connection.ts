import type { HttpUpstream } from '#config/upstreams-file.js';
import type { Caller } from '#core/caller.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { type Credential, type Credentials, NO_CREDENTIAL } from '../../credentials/credentials.js';
import { TokenNeeded } from '../../credentials/credentials.errors.js';
import { principalOf } from '#core/principal.js';
import type {
  UpstreamConnection,
  UpstreamDescription,
  UpstreamNews,
  UpstreamRequest,
} from '../../upstream-connection.js';
import type { UpstreamOrigins } from '../../upstream-origin.js';
import { UpstreamRpcError } from '#gateway/tools/tools.errors.js';
import { ConnectNeeded, UpstreamDefinitionStale } from '../../upstreams.errors.js';
import { type Era, Eras } from './eras.js';
import { LegacyCall, NotLegacy, SessionLost } from './legacy-call.js';
import { followUpstream } from './follow-upstream.js';
import { type LegacySession, openSession } from './legacy-session.js';
import { LegacySessions } from './legacy-sessions.js';
import { ModernCalls, NotModern } from './modern.js';
import { News } from './news.js';
import { failureOf, statusIn } from './outcome.js';
import type { SharedSessions } from './shared-sessions.js';
import { type Endpoint, Wire } from './wire.js';

const UNAUTHORISED = 401;

/** Everything between this gateway and one upstream over Streamable HTTP. */
export class HttpConnection implements UpstreamConnection {
  private readonly wire: Wire;
  private readonly modern: ModernCalls;
  private readonly eras: Eras;
  private readonly sessions: LegacySessions;
  /** That no other process knows of. */
  private readonly ownSessions: LegacySessions;
  private readonly news: News;

  /** @param leavesSessions true where the process ends, and other replicas go on with what they share */
  constructor(
    private readonly spec: HttpUpstream,
    origins: UpstreamOrigins,
    private readonly credentials: Pick<Credentials, 'of' | 'refused'>,
    shared: SharedSessions | undefined,
    private readonly leavesSessions: () => boolean = () => false,
  ) {
    this.wire = new Wire(spec, origins);
    this.modern = new ModernCalls(this.wire);
    this.eras = new Eras(spec, this.modern);
    this.sessions = new LegacySessions(this.wire, shared);
    this.ownSessions = new LegacySessions(this.wire, undefined);
    this.news = new News(
      followUpstream(this.modern, this.eras, {
        endpoint: async (signal) => this.wire.endpoint(await credentials.of(spec, undefined, signal)),
        refused: ({ credential }) => void credentials.refused(spec, undefined, credential),
        session: async (endpoint, signal) => await this.session(endpoint, undefined, signal),
        ownSession: async (endpoint, signal) => await this.ownSessions.get(endpoint, '', signal),
        lost: async (endpoint, session) => {
          await this.ownSessions.lost(endpoint, '', session);
          await this.sessions.lost(endpoint, '', session);
        },
      }),
    );
  }

  request(request: UpstreamRequest): Promise<JsonObject> {
    return this.shown(request.caller, request.signal, (endpoint) => this.carry(request, endpoint));
  }

  describe(caller: Caller | undefined, signal: AbortSignal): Promise<UpstreamDescription> {
    return this.shown(caller, signal, async (endpoint) => {
      if ((await this.eras.of(endpoint, signal)) === 'modern') return await this.eras.describe(endpoint, signal);
      return (await this.session(endpoint, caller, signal)).state.description;
    });
  }

  listen(hear: (news: UpstreamNews) => void): () => void {
    return this.news.listen(hear);
  }

  subscribe(uri: string): () => void {
    return this.news.subscribe(uri);
  }

  async ping(signal: AbortSignal): Promise<void> {
    try {
      const endpoint = this.wire.endpoint(await this.credentialFor(signal));
      if ((await this.eras.of(endpoint, signal)) === 'modern') await this.modern.discover(endpoint, signal);
      else await this.pingLegacy(endpoint, signal);
    } catch (error) {
      const status = statusIn(error);
      const answers = error instanceof UpstreamRpcError || error instanceof NotModern;
      if (!answers && (status === undefined || status > 499)) throw failureOf(error, this.spec.name, signal);
    }
  }

  status(): JsonObject {
    const era = this.eras.known();
    return {
      transport: 'http',
      ...(era && { era }),
      sessions: this.sessions.size + this.ownSessions.size,
      listens: this.news.isOpen,
    };
  }

  async close(): Promise<void> {
    this.news.stop();
    await Promise.all([this.sessions.close(this.leavesSessions()), this.ownSessions.close(false)]);
    await this.wire.destroy();
  }

  /** Shows the upstream what this caller may show it; when that is refused, another one, once. */
  private async shown<T>(
    caller: Caller | undefined,
    signal: AbortSignal,
    act: (endpoint: Endpoint) => Promise<T>,
  ): Promise<T> {
    for (let isFirst = true; ; isFirst = false) {
      const found = this.credentials.of(this.spec, caller, signal);
      const endpoint = this.wire.endpoint(found instanceof Promise ? await found : found);
      try {
        return await act(endpoint);
      } catch (error) {
        if (error instanceof NotModern || error instanceof NotLegacy) throw error.cause;
        if (!isFirst || statusIn(error) !== UNAUTHORISED) throw error;
        if (!this.credentials.refused(this.spec, caller, endpoint.credential)) throw error;
      }
    }
  }

  private async carry(request: UpstreamRequest, endpoint: Endpoint): Promise<JsonObject> {
    const { signal } = request;
    const found = this.eras.of(endpoint, signal);
    const era = typeof found === 'string' ? found : await found;
    try {
      return await this.speak(era, request, endpoint);
    } catch (error) {
      if (error instanceof UpstreamDefinitionStale) this.news.hear({ kind: 'tools' });
      const isOther = error instanceof NotModern || error instanceof NotLegacy;
      if (!isOther || this.spec.era !== 'auto') throw error;
      // It may have been replaced by one of the other era meanwhile. It has carried out nothing.
      this.eras.forget(endpoint);
      const now = await this.eras.of(endpoint, signal);
      if (now === era) throw error;
      return await this.speak(now, request, endpoint);
    }
  }

  private speak(era: Era, request: UpstreamRequest, endpoint: Endpoint): Promise<JsonObject> {
    return era === 'modern' ? this.modern.call(request, endpoint) : this.inSession(request, endpoint);
  }

  private async inSession(request: UpstreamRequest, endpoint: Endpoint): Promise<JsonObject> {
    const { caller, signal } = request;
    for (let isFirst = true; ; isFirst = false) {
      const found = this.session(endpoint, caller, signal);
      const session = found instanceof Promise ? await found : found;
      try {
        return await new LegacyCall(session, request).run();
      } catch (error) {
        if (!(error instanceof SessionLost)) throw error;
        await this.sessions.lost(endpoint, this.principal(caller), session);
        if (!isFirst) throw error.cause;
      }
    }
  }

  private session(
    endpoint: Endpoint,
    caller: Caller | undefined,
    signal: AbortSignal,
  ): LegacySession | Promise<LegacySession> {
    const found = this.sessions.get(endpoint, this.principal(caller), signal);
    if (!(found instanceof Promise)) return found;
    return found.catch((error: unknown) => {
      // What it speaks is found out anew: perhaps it has learnt.
      this.eras.forget(endpoint);
      throw error;
    });
  }

  private principal(caller: Caller | undefined): string {
    return this.spec.sessions === 'shared' || !caller ? '' : principalOf(caller);
  }

  /** Whether it is there can be found out with none, too. */
  private async credentialFor(signal: AbortSignal): Promise<Credential> {
    try {
      return await this.credentials.of(this.spec, undefined, signal);
    } catch (error) {
      if (error instanceof ConnectNeeded || error instanceof TokenNeeded) return NO_CREDENTIAL;
      throw error;
    }
  }

  private async pingLegacy(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
    const known = this.sessions.known(endpoint, '');
    if (known) await known.ask('ping', {}, signal);
    else await (await openSession(this.wire, endpoint, signal)).end();
  }
}
