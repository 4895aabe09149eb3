import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

type Misbehave = (response: ServerResponse, id: unknown) => void;

const MB = 1_024 * 1_024;
let bomb: Buffer | undefined;
const STREAM = { 'content-type': 'text/event-stream' };
const JSON_TYPE = { 'content-type': 'application/json' };

const reply = (id: unknown, result: unknown) => JSON.stringify({ jsonrpc: '2.0', id, result });
const RESULT = { resultType: 'complete', content: [{ type: 'text', text: 'ok' }] };
const event = (data: string) => `data: ${data}\n\n`;
const json = (response: ServerResponse, body: string, status = 200) => response.writeHead(status, JSON_TYPE).end(body);
const stream = (response: ServerResponse, body: string) => response.writeHead(200, STREAM).end(body);
const progress = event(
  JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'x', progress: 1 } }),
);

/** Writes a piece again and again, as quickly as it is taken. */
function flood(response: ServerResponse, piece: Buffer, times: number, last = ''): void {
  const send = (left: number): void => {
    if (response.destroyed) return;
    if (left === 0) return void response.end(last);
    if (response.write(piece)) setImmediate(send, left - 1);
    else response.once('drain', () => send(left - 1));
  };
  send(times);
}

/** What an upstream can do wrong, by the name of the tool that does it. */
export const MISBEHAVIOURS = {
  hang: () => undefined,
  hang_after_headers: (response) => response.writeHead(200, JSON_TYPE).flushHeaders(),
  hang_in_stream: (response) => response.writeHead(200, STREAM).write(': here\n\n'),
  slow: (response, id) => setTimeout(() => json(response, reply(id, RESULT)), 2_000),
  reset: (response) => response.socket!.resetAndDestroy(),
  reset_in_json: (response, id) =>
    response
      .writeHead(200, { ...JSON_TYPE, 'content-length': '999' })
      .write(reply(id, RESULT), () => response.destroy()),
  reset_in_stream: (response) => response.writeHead(200, STREAM).write(progress, () => response.destroy()),
  garbage: (response) => json(response, '{"jsonrpc":"2.0","id":'),
  garbage_bytes: (response) => response.writeHead(200, JSON_TYPE).end(Buffer.from([0xff, 0xfe, 0x00, 0x80])),
  garbage_events: (response) => stream(response, event('{"jsonrpc"')),
  garbage_http: (response) => response.socket!.end('SSH-2.0-OpenSSH_9.6\r\n'),
  html: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>'),
  wrong_id: (response) => json(response, reply(987_654, RESULT)),
  wrong_id_in_stream: (response) => stream(response, event(reply(987_654, RESULT))),
  empty: (response) => json(response, ''),
  accepted: (response) => response.writeHead(202).end(),
  half_event: (response, id) => stream(response, `data: ${reply(id, RESULT)}`),
  empty_stream: (response) => stream(response, ''),
  no_result: (response, id) => json(response, JSON.stringify({ jsonrpc: '2.0', id })),
  result_is_text: (response, id) => json(response, reply(id, 'ok')),
  a_list: (response) => json(response, '[1,2,3]'),
  deep: (response, id) =>
    json(
      response,
      `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}}`,
    ),
  large: (response) => flood(response.writeHead(200, JSON_TYPE), Buffer.alloc(MB, 0x20), 100),
  large_says_so: (response) => response.writeHead(200, { ...JSON_TYPE, 'content-length': String(100 * MB) }).write(' '),
  large_event: (response) =>
    flood(
      response.writeHead(200, STREAM).on('error', () => undefined),
      Buffer.alloc(MB, 0x64),
      100,
    ),
  gzip_bomb: (response) =>
    response
      .writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' })
      .end((bomb ??= gzipSync(Buffer.alloc(64 * MB, 0x20)))),
  gzip_stream: (response) => response.writeHead(200, { ...STREAM, 'content-encoding': 'br' }).end('x'),
  tiny_events: (response) => flood(response.writeHead(200, STREAM), Buffer.from(event('{}').repeat(1_000)), 1_000),
  tiny_progress: (response) => flood(response.writeHead(200, STREAM), Buffer.from(progress.repeat(1_000)), 1_000),
  many_headers: (response) => response.writeHead(200, { ...JSON_TYPE, 'x-long': 'x'.repeat(200_000) }).end('{}'),
  redirect: (response) => response.writeHead(307, { location: 'http://169.254.169.254/latest/' }).end(),
  unauthorised: (response) =>
    response.writeHead(401, { 'www-authenticate': 'Bearer realm="inner secret realm"' }).end('inner words'),
  forbidden: (response) =>
    json(response, JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_600, message: 'inner words' } }), 403),
  too_many: (response) => response.writeHead(429, { 'retry-after': '7' }).end('inner words'),
  broken: (response) => response.writeHead(500).end('inner words: stack at /srv/app.js'),
  unavailable: (response) => response.writeHead(503, { 'retry-after': '3' }).end(),
  rpc_error: (response, id) =>
    json(
      response,
      JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_603, message: 'it is tired', data: { why: 'night' } } }),
    ),
  rude_error: (response, id) =>
    json(
      response,
      JSON.stringify({
        jsonrpc: '2.0',
        id,
        error: { code: -1, message: `\u001b[31mno\u202e\u0000${'x'.repeat(10_000)}`, data: 'y'.repeat(100_000) },
      }),
    ),
  error_without_words: (response, id) => json(response, JSON.stringify({ jsonrpc: '2.0', id, error: { code: -5 } })),
} as const satisfies Readonly<Record<string, Misbehave>>;

export type Misbehaviour = keyof typeof MISBEHAVIOURS;

/** A server that says that it is well, and whose every tool does something wrong; `echo` works. */
export class FaultyUpstream implements AsyncDisposable {
  /** Exchanges whose client hung up before the end. */
  hungUp = 0;
  readonly methods: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly era: 'modern' | 'legacy',
  ) {}

  static async start(era: 'modern' | 'legacy' = 'modern'): Promise<FaultyUpstream> {
    const server = createServer();
    const upstream = new FaultyUpstream(server, era);
    server.on('request', (request, response) => void upstream.take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/mcp`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('close', () => (this.hungUp += response.writableFinished ? 0 : 1));
    response.on('error', () => undefined);
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const { method, id, params } = JSON.parse(Buffer.concat(chunks).toString()) as {
      method?: string;
      id?: unknown;
      params?: { name?: string };
    };
    this.methods.push(method ?? 'response');
    if (id === undefined || method === undefined) response.writeHead(202).end();
    else if (method === 'tools/call') this.call(params?.name ?? '', response, id);
    else this.answer(method, response, id);
  }

  private call(tool: string, response: ServerResponse, id: unknown): void {
    if (Object.hasOwn(MISBEHAVIOURS, tool)) (MISBEHAVIOURS as Record<string, Misbehave>)[tool]!(response, id);
    else json(response, reply(id, RESULT));
  }

  private answer(method: string, response: ServerResponse, id: unknown): void {
    const tools = ['echo', ...Object.keys(MISBEHAVIOURS)].map((name) => ({
      name,
      description: `Is ${name}`,
      inputSchema: { type: 'object' },
    }));
    const capabilities = { tools: {} };
    const cache = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
    const known: Record<string, unknown> =
      this.era === 'modern'
        ? {
            'server/discover': { ...cache, supportedVersions: ['2026-07-28'], capabilities },
            'tools/list': { ...cache, tools },
          }
        : {
            initialize: { protocolVersion: '2025-11-25', capabilities, serverInfo: { name: 'faulty', version: '1' } },
            'tools/list': { tools },
            ping: {},
          };
    if (Object.hasOwn(known, method)) {
      if (method === 'initialize') response.setHeader('mcp-session-id', 'faulty-session');
      json(response, reply(id, known[method]));
    } else {
      json(
        response,
        JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_601, message: 'Method not found' } }),
        404,
      );
    }
  }
}
