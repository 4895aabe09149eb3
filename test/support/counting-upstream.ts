import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Message {
  readonly id?: string | number;
  readonly method: string;
  readonly params?: { readonly arguments?: { readonly id?: string } };
}

const TOOLS = [
  {
    name: 'add',
    description: 'Adds what it is given to the book of its session. Calling it twice adds it twice.',
    inputSchema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
    annotations: { readOnlyHint: false, idempotentHint: false },
  },
];

/** A server of 2025-11-25 that keeps a book in each of its sessions, and knows what was ever written into any of them. */
export class CountingUpstream implements AsyncDisposable {
  /** How often each id was added, in whichever session. */
  readonly added = new Map<string, number>();
  /** How many entries the book of each open session has. */
  readonly books = new Map<string, number>();
  /** Sessions that were ever opened. */
  opened = 0;

  private constructor(
    private readonly server: Server,
    /** Milliseconds that each addition takes. */
    private readonly takes: number,
  ) {}

  static async start(takes = 5): Promise<CountingUpstream> {
    const server = createServer();
    const self = new CountingUpstream(server, takes);
    server.on('request', (request, response) => void self.handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return self;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/mcp`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const session = String(request.headers['mcp-session-id'] ?? '');
    if (request.method === 'DELETE') {
      const known = this.books.delete(session);
      return void response.writeHead(known ? 200 : 404).end();
    }
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const message = JSON.parse(Buffer.concat(chunks).toString()) as Message;
    if (message.method === 'initialize') return this.open(message, response);
    if (!this.books.has(session)) return void response.writeHead(session === '' ? 400 : 404).end();
    if (message.id === undefined) return void response.writeHead(202).end();
    if (message.method === 'tools/list') return say(response, message, { tools: TOOLS });
    if (message.method === 'ping') return say(response, message, {});
    if (message.method !== 'tools/call') return fail(response, message);
    const id = message.params?.arguments?.id ?? '';
    this.added.set(id, (this.added.get(id) ?? 0) + 1);
    const entries = this.books.get(session)! + 1;
    this.books.set(session, entries);
    setTimeout(
      () => say(response, message, { content: [{ type: 'text', text: `${session} ${entries}` }] }),
      this.takes,
    );
  }

  private open(message: Message, response: ServerResponse): void {
    const session = randomUUID();
    this.books.set(session, 0);
    this.opened++;
    response.setHeader('mcp-session-id', session);
    const serverInfo = { name: 'counting', version: '1' };
    say(response, message, { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo });
  }
}

function say(response: ServerResponse, { id }: Message, result: object): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
}

function fail(response: ServerResponse, { id }: Message): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_601, message: 'there is no such method' } }));
}
