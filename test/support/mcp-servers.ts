import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as McpServer } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

/** One HTTP request that a server has had. */
export interface Received {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Serve = (request: IncomingMessage, response: ServerResponse, body: string) => unknown;

/** An MCP server on a port of its own, that keeps what it was sent. */
export class McpHttpServer implements AsyncDisposable {
  readonly received: Received[] = [];
  /** Exchanges whose client hung up before the answer. */
  hungUp = 0;

  private constructor(private readonly server: Server) {}

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  static async start(serve: Serve): Promise<McpHttpServer> {
    const server = createServer();
    const self = new McpHttpServer(server);
    server.on('request', (request, response) => {
      response.on('close', () => (self.hungUp += response.writableFinished ? 0 : 1));
      void bodyOf(request).then((body) => {
        self.received.push({ method: request.method ?? '', headers: request.headers, body });
        return serve(request, response, body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return self;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** The official SDK's server with sessions: `echo`, `count` with progress, `ask` which asks the user, `sleep`. */
export function sdkServer(): Serve {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  return async (request, response, body) => {
    const id = request.headers['mcp-session-id'];
    let transport = typeof id === 'string' ? transports.get(id) : undefined;
    if (!transport) {
      const made = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (session) => void transports.set(session, made),
      });
      await tools().connect(made);
      transport = made;
    }
    await transport.handleRequest(request, response, body ? JSON.parse(body) : undefined);
  };
}

function tools(): McpServer {
  const server = new McpServer({ name: 'fixture', version: '1' }, { capabilities: { tools: { listChanged: true } } });
  const names = ['echo', 'count', 'ask', 'sleep'];
  const inputSchema = { type: 'object' as const };
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: names.map((name) => ({ name, inputSchema })) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { sendNotification, signal }) => {
    if (params.name === 'count') {
      const progressToken = params._meta?.progressToken ?? 'none';
      for (const progress of [1, 2, 3])
        await sendNotification({ method: 'notifications/progress', params: { progressToken, progress } });
    }
    if (params.name === 'ask') {
      const requestedSchema = { type: 'object' as const, properties: { name: { type: 'string' as const } } };
      const { content } = await server.elicitInput({ message: 'Who?', requestedSchema });
      return { content: [{ type: 'text', text: String(content?.['name']) }] };
    }
    if (params.name === 'sleep') await new Promise((resolve) => signal.addEventListener('abort', resolve));
    if (params.name === 'echo') await server.sendToolListChanged();
    return { content: [{ type: 'text', text: JSON.stringify(params.arguments ?? {}) }] };
  });
  return server;
}
