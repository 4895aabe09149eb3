import { createServer, type IncomingMessage, request as forward, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { API_BASE } from '#gateway/http/base-path.js';
import { Gateway } from './boot-gateway.js';

export const CORE_API_KEY = 'core-key-0123456789abcdef';

/** What the next call meets instead of an answer. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  | { readonly kind: 'hang' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'garbage'; readonly body: string };

export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/**
 * A real HTTP server that behaves like Achilles Core: Core's paths and its bearer token, answered by the embedded
 * engine, so that it keeps the contract it stands for. It records what it is asked, and fails on request.
 */
export class FakeCore implements AsyncDisposable {
  readonly calls: Recorded[] = [];
  private readonly faults: Fault[] = [];

  private constructor(
    readonly engine: Gateway,
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async start(): Promise<FakeCore> {
    const engine = await Gateway.boot();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const core = new FakeCore(engine, `http://127.0.0.1:${(server.address() as AddressInfo).port}/core`, server);
    server.on('request', (request, response) => void core.handle(request, response));
    return core;
  }

  /** The next `times` calls meet this fault. */
  failNext(fault: Fault, times = 1): void {
    for (let i = 0; i < times; i++) this.faults.push(fault);
  }

  /** Forgets faults that no call has met, and the calls so far. */
  reset(): void {
    this.faults.length = 0;
    this.calls.length = 0;
  }

  /** Settings of a gateway that asks this Core. */
  settings(): Record<string, string | number> {
    return { ACHILLES_CORE: 'remote', ACHILLES_BASE_URL: this.url, ACHILLES_API_KEY: CORE_API_KEY };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.engine[Symbol.asyncDispose]();
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const path = request.url!.replace(/^\/core/, '');
    this.calls.push({ method: request.method!, path, headers: request.headers, body: body.toString() });
    const fault = this.faults.shift();
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset') return void request.socket.resetAndDestroy();
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    // Who waited has given up, and perhaps all of this is over.
    if (request.socket.destroyed) return;
    if (fault?.kind === 'garbage') return void response.setHeader('content-type', 'application/json').end(fault.body);
    if (fault?.kind === 'status') return void response.writeHead(fault.status, fault.headers).end(fault.body);
    if (request.headers.authorization !== `Bearer ${CORE_API_KEY}`) {
      const problem = JSON.stringify({ type: 'about:blank', title: 'Unauthorized', status: 401 });
      return void response.writeHead(401, { 'content-type': 'application/problem+json' }).end(problem);
    }
    this.answer(request, path, body, response);
  }

  private answer(request: IncomingMessage, path: string, body: Buffer, response: ServerResponse): void {
    const target = `${this.engine.url}/${API_BASE}${path.replace(/^\/mcp(?=\/(handshake|sessions|health))/, '')}`;
    const contentType = request.headers['content-type'];
    const headers = { ...(contentType && { 'content-type': contentType }), 'content-length': body.length };
    const upstream = forward(target, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, { 'content-type': answer.headers['content-type'] ?? 'text/plain' });
      answer.pipe(response);
    });
    upstream.end(body);
  }
}
