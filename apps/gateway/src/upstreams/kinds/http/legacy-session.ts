import type { AnswerReader } from '#egress/egress-client.js';
import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import { type LogLevel, LOG_LEVELS } from '#gateway/tools/call-channel.js';
import { InvalidResult } from '#gateway/tools/tools.errors.js';
import type { UpstreamDescription } from '../../upstream-connection.js';
import { failureOf, resultOf } from './outcome.js';
import { isEventStream, MAX_ANSWER_BYTES, post, type Posted } from './post.js';
import { CLIENT_INFO, type Endpoint, type Wire } from './wire.js';

/** Revisions with a handshake that are spoken over this transport, newest first: the first one is proposed. */
const VERSIONS: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];

/** All that a client of this gateway may be able to do: whether the one who calls is, is found out when it is asked. */
const CAPABILITIES = { roots: {}, sampling: {}, elicitation: { form: {}, url: {} } };

/** Visible ASCII: a header holds it. */
const SESSION_ID = /^[!-~]{1,1024}$/;
/** Of messages that nobody waits for the answer of. */
const ASIDE_MS = 5_000;

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);

/** What has no answer gets none, even of a server that begins a stream: it is not listened to. */
const NO_STREAM: AnswerReader = {
  begins(_status, headers, flow) {
    if (isEventStream(headers)) flow.end();
    return false;
  },
  read: () => undefined,
};

/** What is known of a session, so that another replica can go on with it. */
export interface SessionState {
  /** Undefined: the server keeps no sessions. */
  readonly id?: string;
  readonly description: UpstreamDescription;
}

/** One conversation with an upstream of the revisions before 2026-07-28. */
export class LegacySession {
  /** Calls under way. */
  busy = 0;
  /** Of `performance.now()`. */
  usedAt = 0;
  /** The least severe log messages that it was asked for. */
  private level: LogLevel | undefined;

  constructor(
    readonly wire: Wire,
    /** As it was shown last: a credential is renewed in the middle of a session. */
    public endpoint: Endpoint,
    readonly state: SessionState,
  ) {}

  /** Of every message after the handshake. */
  headers(): Record<string, string> {
    const { id, description } = this.state;
    const headers: Record<string, string> = { ...this.endpoint.headers, 'mcp-protocol-version': description.version };
    if (id !== undefined) headers['mcp-session-id'] = id;
    return headers;
  }

  /** Sends what is no request. @returns the status of the answer @throws what the origin throws */
  async tell(message: object, signal = AbortSignal.timeout(ASIDE_MS)): Promise<number> {
    const { wire, endpoint } = this;
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    const request = { method: 'POST', path: endpoint.path, headers: this.headers(), body, signal } as const;
    return (await wire.aside.request({ ...request, maxBytes: MAX_ANSWER_BYTES }, NO_STREAM)).status;
  }

  /** A request whose answer concerns nobody but this connection. @throws as `request` of a connection */
  async ask(method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    return resultOf(await this.send(method, params, signal), this.wire.upstream, this.endpoint.hide);
  }

  /** Asks for log messages of this severity, unless it has been asked for as much already. */
  async wantLogs(level: LogLevel, signal: AbortSignal): Promise<void> {
    const { capabilities } = this.state.description;
    const isEnough = this.level !== undefined && LOG_LEVELS.indexOf(this.level) <= LOG_LEVELS.indexOf(level);
    if (isEnough || capabilities['logging'] === undefined) return;
    this.level = level;
    // A call does not fail because its log is not to be had.
    await this.ask('logging/setLevel', { level }, signal).catch(() => undefined);
  }

  /** Ends it at the upstream. Never throws: an upstream that is away has forgotten it, or will. */
  async end(): Promise<void> {
    if (this.state.id === undefined) return;
    const signal = AbortSignal.timeout(ASIDE_MS);
    const { path } = this.endpoint;
    const request = { method: 'DELETE', path, headers: this.headers(), signal, maxBytes: MAX_ANSWER_BYTES } as const;
    await this.wire.aside.request(request).catch(() => undefined);
  }

  private async send(method: string, params: JsonObject, signal: AbortSignal): Promise<Posted> {
    const { wire, endpoint } = this;
    return await exchange({ wire, endpoint, headers: this.headers(), method, params }, signal);
  }
}

/** Opens a session. @throws UpstreamRpcError, UpstreamResponse, InvalidResult, BackendUnavailable, or the signal's reason */
export async function openSession(wire: Wire, endpoint: Endpoint, signal: AbortSignal): Promise<LegacySession> {
  const { upstream } = wire;
  const params = { protocolVersion: VERSIONS[0], capabilities: CAPABILITIES, clientInfo: CLIENT_INFO };
  const posted = await exchange(
    { wire, endpoint, headers: { ...endpoint.headers }, method: 'initialize', params },
    signal,
  );
  const result = resultOf(posted, upstream, endpoint.hide);
  const session = new LegacySession(wire, endpoint, stateIn(result, first(posted.headers['mcp-session-id']), upstream));
  await session.tell({ method: 'notifications/initialized' }, signal).catch((error: unknown) => {
    throw failureOf(error, upstream, signal);
  });
  return session;
}

/** A request, and what stands around it. */
interface Asking {
  readonly wire: Wire;
  readonly endpoint: Endpoint;
  readonly headers: Record<string, string>;
  readonly method: string;
  readonly params: JsonObject;
}

async function exchange({ wire, endpoint, headers, method, params }: Asking, signal: AbortSignal): Promise<Posted> {
  const id = wire.nextId();
  const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
  const { path } = endpoint;
  const request = { method: 'POST', path, headers, body, signal, maxBytes: MAX_ANSWER_BYTES } as const;
  try {
    return await post({ upstream: wire.upstream, origin: wire.aside, id, request, hear: () => undefined });
  } catch (error) {
    throw failureOf(error, wire.upstream, signal);
  }
}

function stateIn(result: JsonObject, id: string | undefined, upstream: string): SessionState {
  const { protocolVersion: version, capabilities, serverInfo, instructions } = result;
  if (typeof version !== 'string' || !VERSIONS.includes(version)) {
    throw new InvalidResult(upstream, 'it wants to speak a revision that is not known here');
  }
  if (id !== undefined && !SESSION_ID.test(id)) throw new InvalidResult(upstream, 'its session id is none');
  return {
    ...(id !== undefined && { id }),
    description: {
      era: 'legacy',
      version,
      capabilities: isObject(capabilities) ? capabilities : {},
      ...(isObject(serverInfo) && { serverInfo }),
      ...(typeof instructions === 'string' && { instructions }),
    },
  };
}
