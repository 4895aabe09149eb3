import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  localhostHostValidation,
  localhostOriginValidation,
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
  toWebRequest,
} from '@modelcontextprotocol/node';
import { createMcpHandler, isLegacyRequest, type Server } from '@modelcontextprotocol/server';
import { MemoryEvents } from './memory-events.js';
import { Offer } from './offer.js';
import { sdkServer } from './sdk-server.js';

/**
 * `dual`: 2026-07-28, and the revisions before with sessions. `modern`: 2026-07-28 alone. `legacy`: sessions alone.
 * `stateless`: the revisions before, without sessions.
 */
export type UpstreamEra = 'dual' | 'modern' | 'legacy' | 'stateless';

export interface UpstreamRequestSeen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Options {
  readonly port?: number;
  /** Judges every request before the server sees it. @returns true where it has answered */
  readonly before?: (request: UpstreamRequestSeen, response: ServerResponse) => boolean;
}

/** Somebody else's MCP server, made of the official SDK, on a port of its own. `url` is where it speaks MCP. */
export class SdkUpstream implements AsyncDisposable {
  readonly offer = new Offer();
  /** Everything that was asked, oldest first. */
  readonly seen: UpstreamRequestSeen[] = [];
  /** Sessions that are open, by id. */
  readonly sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  /** Exchanges whose client hung up before the end. */
  hungUp = 0;
  before: NonNullable<Options['before']>;
  private readonly modern = createMcpHandler(() => sdkServer(this.offer, 'modern'), { legacy: 'reject' });
  private readonly serveModern = toNodeHandler(this.modern);
  private readonly servers = new Set<Server>();
  private readonly guards = [localhostHostValidation(), localhostOriginValidation()];

  private constructor(
    private readonly era: UpstreamEra,
    private readonly http: HttpServer,
    options: Options,
  ) {
    this.before = options.before ?? (() => false);
    this.offer.hear((change) => {
      if (change.kind === 'resource') this.modern.notify.resourceUpdated(change.uri);
      else this.modern.notify[`${change.kind}Changed`]();
    });
    http.on('request', (request, response) => void this.take(request, response));
  }

  static async start(era: UpstreamEra, options: Options = {}): Promise<SdkUpstream> {
    const http = createServer();
    const upstream = new SdkUpstream(era, http, options);
    await new Promise<void>((resolve) => http.listen(options.port ?? 0, '127.0.0.1', resolve));
    return upstream;
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  /** What was asked by its method of JSON-RPC; of GET and DELETE by that. */
  get methods(): string[] {
    return this.seen.map(({ method, body }) => (method === 'POST' ? methodIn(body) : method));
  }

  /** Forgets every session, as a server does that starts again. */
  async forgetSessions(): Promise<void> {
    const open = [...this.sessions.values()];
    this.sessions.clear();
    await Promise.all(open.map((transport) => transport.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.http.closeAllConnections();
    await Promise.all([this.modern.close(), ...[...this.servers].map((server) => server.close())]);
    await new Promise((resolve) => this.http.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('close', () => (this.hungUp += response.writableFinished ? 0 : 1));
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const { method = '', url = '', headers } = request;
    const seen = { method, url, headers, body };
    this.seen.push(seen);
    if (this.before(seen, response)) return;
    if (!this.guards.every((allows) => allows(request, response))) return;
    await this.answer(request, response, body === '' ? undefined : JSON.parse(body)).catch(() => response.destroy());
  }

  private async answer(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
    if (this.era === 'modern' || (this.era === 'dual' && (await isModern(request, body)))) {
      return await this.serveModern(request, response, body);
    }
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? this.sessions.get(id) : undefined;
    if (known) return await known.handleRequest(request, response, body);
    if (typeof id === 'string' && this.era !== 'stateless') return refuse(response, 404, -32_001, 'Session not found');
    const transport = await this.open();
    await transport.handleRequest(request, response, body);
    if (this.era === 'stateless') response.on('close', () => void transport.close());
  }

  private async open(): Promise<NodeStreamableHTTPServerTransport> {
    const transport = new NodeStreamableHTTPServerTransport(
      this.era === 'stateless'
        ? { sessionIdGenerator: undefined as never }
        : {
            sessionIdGenerator: () => randomUUID(),
            eventStore: new MemoryEvents(),
            retryInterval: 10,
            onsessioninitialized: (id) => void this.sessions.set(id, transport),
            onsessionclosed: (id) => void this.sessions.delete(id),
          },
    );
    const server = sdkServer(this.offer, 'legacy');
    this.servers.add(server);
    transport.onclose = () => this.servers.delete(server);
    await server.connect(transport as never);
    return transport;
  }
}

const isModern = async (request: IncomingMessage, body: unknown): Promise<boolean> =>
  body !== undefined && !(await isLegacyRequest(await toWebRequest(request, body), body));

function refuse(response: ServerResponse, status: number, code: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code, message } }));
}

function methodIn(body: string): string {
  const { method } = JSON.parse(body) as { method?: string };
  return method ?? 'response';
}
