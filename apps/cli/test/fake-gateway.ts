import { createHash, randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

type Body = Record<string, unknown>;
type Answer = readonly [status: number, body: unknown, headers?: Record<string, string>];
/** Answers in the gateway's place, or fails before or after its work; undefined lets the request through. */
type Interference = (call: string, body: Body) => Answer | 'reset' | 'reset after' | 'silence' | undefined;

interface StoredSession extends Body {
  id: string;
  status: string;
  start_time: string;
  end_time: string | null;
  event_count: number;
}

const BASE = '/api/achilles/v1/mcp';

/** Keeps the gateway's contract as far as the command line can see it: sessions by key, events once by content. */
export class FakeGateway {
  readonly sessions = new Map<string, StoredSession>();
  readonly events = new Map<string, Map<string, Body>>();
  readonly snapshots: Body[] = [];
  readonly calls: string[] = [];
  readonly batchSizes: number[] = [];
  interfere: Interference = () => undefined;
  limits = { preferred_batch_size: 500, max_payload_bytes: 8_388_608 };
  /** Further answers by `METHOD /path`, for what the import does not use. */
  answers = new Map<string, unknown>();
  authorization: string | undefined;
  /** Of the last call. */
  headers: IncomingHttpHeaders = {};

  private constructor(
    private readonly server: Server,
    readonly url: URL,
  ) {}

  static async start(): Promise<FakeGateway> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const gateway = new FakeGateway(server, new URL(`http://127.0.0.1:${port}`));
    server.on('request', (request, response) => void gateway.#serve(request, response));
    return gateway;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The events of all sessions, in the order of arrival. */
  get recorded(): Body[] {
    return [...this.events.values()].flatMap((events) => [...events.values()]);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const body = (text === '' ? {} : JSON.parse(text)) as Body;
    const call = `${request.method} ${request.url!.replace(BASE, '').split('?')[0]}`;
    this.calls.push(call);
    this.authorization = request.headers.authorization;
    this.headers = request.headers;
    const interference = this.interfere(call, body);
    if (interference === 'silence') return;
    if (interference === 'reset') return void request.socket.destroy();
    const [status, answer, headers] = typeof interference === 'object' ? interference : this.#answer(call, body);
    if (interference === 'reset after') return void request.socket.destroy();
    const type = typeof answer === 'string' ? 'text/html' : 'application/json';
    response.writeHead(status, { 'content-type': type, ...headers });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  }

  #answer(call: string, body: Body): Answer {
    const prepared = this.answers.get(call);
    if (prepared !== undefined) return [200, typeof prepared === 'function' ? (prepared as () => unknown)() : prepared];
    const [, route, id] = /^(.*?)(?:\/([-0-9a-f]{36}))?$/.exec(call)!;
    switch (route) {
      case 'POST /handshake':
        return [200, { server_name: 'fake', ...this.limits }];
      case 'POST /projects/resolve':
        return [200, { project_id: randomUUID(), created: true }];
      case 'POST /sessions':
        return this.#createSession(body);
      case 'PATCH /sessions':
        return this.#endSession(id!, body);
      case 'POST /signals/events/batch':
        return this.#store(body['events'] as Body[]);
      case 'POST /state/session':
        this.snapshots.push(body);
        return [201, { snapshot_id: randomUUID() }];
      case 'GET /state/session':
        return [200, this.snapshots.filter(({ session_id }) => session_id === id).reverse()];
      default:
        return problem(404, 'session_not_found', `Nothing at ${call}.`);
    }
  }

  #createSession(body: Body): Answer {
    const key = `${String(body['workspace_id'])}/${String(body['external_session_key'])}`;
    const existing = this.sessions.get(key);
    if (existing) return [200, existing];
    const session = {
      ...body,
      id: randomUUID(),
      status: 'active',
      start_time: new Date(body['start_time'] as string).toISOString(),
      end_time: null,
      event_count: 0,
    };
    this.sessions.set(key, session);
    this.events.set(session.id, new Map());
    return [201, session];
  }

  #endSession(id: string, change: Body): Answer {
    const session = [...this.sessions.values()].find((each) => each.id === id)!;
    if (session.status !== 'active') return problem(409, 'session_terminal', 'It has ended.');
    return [200, Object.assign(session, change)];
  }

  #store(events: Body[]): Answer {
    this.batchSizes.push(events.length);
    const results: Body[] = [];
    const failed: Body[] = [];
    for (const [index, { session_id, ...content }] of events.entries()) {
      const stored = this.events.get(session_id as string)!;
      if (content['source_type'] === 'martian') {
        failed.push({ index, code: 'not_in_enum', message: 'source_type must be one of agent, human.' });
        continue;
      }
      const session = [...this.sessions.values()].find((each) => each.id === session_id)!;
      const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex');
      if (session.status !== 'active' && !stored.has(hash)) {
        failed.push({ index, code: 'session_terminal', message: `The session is ${session.status}.` });
        continue;
      }
      results.push({ index, event_id: hash, status: stored.has(hash) ? 'duplicate' : 'ingested' });
      stored.set(hash, content);
      session.event_count = stored.size;
    }
    const ingested = results.filter(({ status }) => status === 'ingested').length;
    return [200, { received: events.length, ingested, deduped: results.length - ingested, results, failed }];
  }
}

/** A refusal as the gateway words it. */
export const problem = (status: number, code: string, detail: string, headers?: Record<string, string>): Answer => [
  status,
  { type: `urn:achilles:problem:${code}`, status, code, detail },
  headers,
];
