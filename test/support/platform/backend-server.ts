import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export type Body = Readonly<Record<string, unknown>>;

/** What a path answers; what it tells before goes to whoever takes lines of JSON. @throws Refusal */
export type Handler = (body: Body, tell: (progress: object) => void) => unknown;

/** A backend's own no. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** What calls meet instead of their answer. */
export type Fault =
  | { readonly kind: 'slow'; readonly ms: number }
  /** No answer ever comes; with `headers`, only its head. */
  | { readonly kind: 'hang'; readonly headers?: boolean }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  | { readonly kind: 'text'; readonly body: string }
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'huge'; readonly bytes: number }
  /** The connection is cut: before the answer, or in its middle. */
  | { readonly kind: 'cut'; readonly middle?: boolean }
  | { readonly kind: 'redirect'; readonly to: string };

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Set once the client has gone without the answer. */
  left: boolean;
}

/** One backend of the platform: real HTTP, JSON in and out, `/health`, and faults on demand. */
export class BackendServer implements AsyncDisposable {
  readonly seen: Seen[] = [];
  private readonly faults: Fault[] = [];
  private lasting: Fault | undefined;

  private constructor(
    readonly url: string,
    private readonly server: Server,
    private readonly routes: Readonly<Record<string, Handler>>,
  ) {}

  /** @param routes by method and path, as `POST /v1/search` */
  static async start(routes: Readonly<Record<string, Handler>>): Promise<BackendServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const backend = new BackendServer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, routes);
    server.on('request', (request, response) => void backend.handle(request, response));
    return backend;
  }

  /** The next calls meet these faults, one each. */
  failNext(...faults: readonly Fault[]): void {
    this.faults.push(...faults);
  }

  /** Every call meets this fault from now on; undefined: none. */
  fail(fault: Fault | undefined): void {
    this.lasting = fault;
  }

  reset(): void {
    this.faults.length = 0;
    this.lasting = undefined;
    this.seen.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.url);
    if (url.pathname === '/health') return sendJson(response, 200, { status: 'ok' });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const seen: Seen = {
      method: request.method!,
      path: request.url!,
      headers: request.headers,
      body: text,
      left: false,
    };
    this.seen.push(seen);
    response.once('close', () => (seen.left = !response.writableFinished));
    const fault = this.faults.shift() ?? this.lasting;
    if (fault && !(await meet(fault, response))) return;
    try {
      const handler = this.routes[`${request.method} ${url.pathname}`];
      if (!handler) throw new Refusal(404, 'no such path');
      const body = text === '' ? {} : (JSON.parse(text) as Body);
      const takesLines = request.headers.accept?.includes(LINES) === true;
      const result = await handler(body, (progress) => takesLines && sendLine(response, progress));
      if (response.headersSent) response.end(`${JSON.stringify({ result })}\n`);
      else sendJson(response, 200, result);
    } catch (error) {
      const status = error instanceof Refusal ? error.status : error instanceof SyntaxError ? 400 : 500;
      sendJson(response, status, { detail: (error as Error).message });
    }
  }
}

const LINES = 'application/x-ndjson';

function sendLine(response: ServerResponse, line: object): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': LINES });
  response.write(`${JSON.stringify(line)}\n`);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** @returns true when the call is to be answered all the same */
async function meet(fault: Fault, response: ServerResponse): Promise<boolean> {
  const json = { 'content-type': 'application/json' };
  switch (fault.kind) {
    case 'slow':
      // Nobody waits for what nobody wants any more.
      await Promise.race([wait(fault.ms, undefined, { ref: false }), once(response, 'close')]);
      return !response.destroyed;
    case 'hang':
      if (fault.headers) response.writeHead(200, json).flushHeaders();
      return false;
    case 'status':
      response.writeHead(fault.status, fault.headers).end(fault.body);
      return false;
    case 'text':
      response.writeHead(200, json).end(fault.body);
      return false;
    case 'lines':
      response.writeHead(200, { 'content-type': LINES }).end(fault.lines.join('\n'));
      return false;
    case 'huge':
      response.writeHead(200, json).end(JSON.stringify({ results: [], padding: 'x'.repeat(fault.bytes) }));
      return false;
    case 'cut':
      if (fault.middle)
        await new Promise<void>((resolve) => response.writeHead(200, json).write('{"results":[', () => resolve()));
      response.socket!.resetAndDestroy();
      return false;
    case 'redirect':
      response.writeHead(302, { location: fault.to }).end();
      return false;
  }
}
