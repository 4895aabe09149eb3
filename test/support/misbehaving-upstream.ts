import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

const MEGABYTE = 1_024 * 1_024;
const TINY_EVENTS = 1_000_000;
const STREAM = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
const JSON_TYPE = { 'content-type': 'application/json' };

interface Asked {
  readonly id: unknown;
  readonly response: ServerResponse;
  readonly text: string;
}

type Fault = (asked: Asked, self: MisbehavingUpstream) => void;

const answerOf = (id: unknown, text: string) =>
  JSON.stringify({ jsonrpc: '2.0', id, result: { resultType: 'complete', content: [{ type: 'text', text }] } });

/** Writes as fast as the other side reads, until it has had enough. */
function pour(response: ServerResponse, chunk: Buffer | string, times: number, end: string): void {
  let left = times;
  const go = () => {
    while (left-- > 0 && !response.destroyed) if (!response.write(chunk)) return void response.once('drain', go);
    if (!response.destroyed) response.end(end);
  };
  go();
}

/** What it does wrong, by the name of the tool that is called. `echo` is well. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  echo: ({ id, response, text }) => response.writeHead(200, JSON_TYPE).end(answerOf(id, text)),
  slow: ({ id, response }) => {
    const timer = setTimeout(() => response.writeHead(200, JSON_TYPE).end(answerOf(id, 'late')), 20_000);
    response.on('close', () => clearTimeout(timer));
  },
  hang: () => undefined,
  hang_in_body: ({ response }) => response.writeHead(200, JSON_TYPE).write('{"jsonrpc":"2.0",'),
  hang_in_stream: ({ response }) => response.writeHead(200, STREAM).write(': hello\n\n'),
  reset: ({ response }) => response.socket?.resetAndDestroy(),
  close: ({ response }) => response.socket?.destroy(),
  close_in_body: ({ response }) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': '1000' }).write('{"jsonrpc":"2.0","result"');
    setTimeout(() => response.socket?.destroy(), 20);
  },
  half_event: ({ response }) => response.writeHead(200, STREAM).end('event: message\ndata: {"jsonrpc":"2.0",'),
  no_event: ({ response }) => response.writeHead(200, STREAM).end(),
  garbage: ({ response }) => response.writeHead(200, JSON_TYPE).end('<<< not JSON >>>'),
  html: ({ response }) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>It works!</h1>'),
  empty: ({ response }) => response.writeHead(200, JSON_TYPE).end(),
  no_content: ({ response }) => response.writeHead(204).end(),
  not_a_result: ({ id, response }) => response.writeHead(200, JSON_TYPE).end(JSON.stringify({ jsonrpc: '2.0', id })),
  wrong_id: ({ response }) => response.writeHead(200, JSON_TYPE).end(answerOf('of-another', 'not yours')),
  wrong_id_event: ({ response }) =>
    response.writeHead(200, STREAM).end(`event: message\ndata: ${answerOf('of-another', 'not yours')}\n\n`),
  deep: ({ response }) => response.writeHead(200, JSON_TYPE).end('['.repeat(500_000)),
  huge: ({ response }) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': String(100 * MEGABYTE) });
    pour(response, Buffer.alloc(MEGABYTE, 'x'), 100, '');
  },
  huge_unannounced: ({ response }) => {
    response.writeHead(200, JSON_TYPE).write('{"jsonrpc":"2.0","result":{"content":[{"type":"text","text":"');
    pour(response, Buffer.alloc(MEGABYTE, 'x'), 100, '"}]}}');
  },
  huge_event: ({ response }) => {
    response.writeHead(200, STREAM).write('event: message\ndata: {"x":"');
    pour(response, Buffer.alloc(MEGABYTE, 'x'), 100, '"}\n\n');
  },
  gzip_bomb: ({ response }, { bomb }) =>
    response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(bomb()),
  tiny_events: ({ response }) => {
    const batch = 'event: message\ndata: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\n'.repeat(
      1_000,
    );
    response.writeHead(200, STREAM);
    pour(response, batch, TINY_EVENTS / 1_000, '');
  },
  tiny_comments: ({ response }) => {
    response.writeHead(200, STREAM);
    pour(response, ':\n\n'.repeat(1_000), TINY_EVENTS / 1_000, '');
  },
  redirect_inside: ({ response }) => response.writeHead(307, { location: 'http://169.254.169.254/latest/' }).end(),
  redirect: ({ response }, { elsewhere }) => response.writeHead(302, { location: elsewhere }).end(),
  unauthorised: ({ response }) =>
    response.writeHead(401, { ...JSON_TYPE, 'www-authenticate': 'Bearer' }).end('{"error":"s3cret-of-the-upstream"}'),
  broken: ({ response }) => response.writeHead(500, JSON_TYPE).end('{"stack":"at s3cret-of-the-upstream"}'),
  unavailable: ({ response }) => response.writeHead(503, { 'retry-after': '1' }).end(),
};

/** An MCP server of 2026-07-28 that lists well, and does something wrong in each of its tools. */
export class MisbehavingUpstream implements AsyncDisposable {
  /** Calls so far, by tool. */
  readonly calls = new Map<string, number>();
  /** Where `redirect` leads to. */
  elsewhere = 'http://127.0.0.1:9/';
  private readonly sockets = new Set<Socket>();
  private bytes: Buffer | undefined;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<MisbehavingUpstream> {
    const server = createServer();
    const self = new MisbehavingUpstream(server);
    server.on('connection', (socket) => {
      self.sockets.add(socket);
      socket.on('close', () => self.sockets.delete(socket)).on('error', () => undefined);
    });
    server.on('request', (request, response) => void self.handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return self;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/mcp`;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.sockets.size;
  }

  /** A gigabyte of zeros in a megabyte. */
  readonly bomb = (): Buffer => (this.bytes ??= bombOf());

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST' }).end();
    const {
      id,
      method,
      params = {},
    } = JSON.parse(Buffer.concat(chunks).toString()) as {
      id?: unknown;
      method: string;
      params?: { name?: string; arguments?: Record<string, unknown> };
    };
    if (method === 'tools/call') {
      const name = params.name ?? '';
      this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
      const fault = FAULTS[name];
      if (fault) return fault({ id, response, text: String(params.arguments?.['text']) }, this);
    }
    const result = RESULTS[method];
    const error = { code: -32601, message: 'there is no such method' };
    const body = result ? { jsonrpc: '2.0', id, result } : { jsonrpc: '2.0', id, error };
    response.writeHead(result ? 200 : 404, JSON_TYPE).end(JSON.stringify(body));
  }
}

const bombOf = (): Buffer => Buffer.concat(Array<Buffer>(16).fill(gzipSync(Buffer.alloc(64 * MEGABYTE))));

const tool = (name: string) => ({ name, description: `It is ${name}.`, inputSchema: { type: 'object' } });

const RESULTS: Readonly<Record<string, object>> = {
  'server/discover': {
    resultType: 'complete',
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {} },
    serverInfo: { name: 'misbehaving', version: '1' },
    ttlMs: 0,
    cacheScope: 'public',
  },
  'tools/list': { resultType: 'complete', tools: Object.keys(FAULTS).map(tool), ttlMs: 0, cacheScope: 'public' },
};
