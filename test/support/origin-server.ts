import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Which connection it came over, counted from one. */
  readonly connection: number;
}

type Answer = (response: ServerResponse, asked: Asked) => void;

/** A server that answers as a test says, and remembers what it was asked. */
export class OriginServer implements AsyncDisposable {
  readonly asked: Asked[] = [];
  readonly sockets: Socket[] = [];
  answer: Answer = (response) => response.end('hello');

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {
    server.on('connection', (socket) => this.sockets.push(socket));
    server.on('request', (request, response) => void this.handle(request, response));
  }

  static async start(): Promise<OriginServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new OriginServer(server, (server.address() as AddressInfo).port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const asked = {
      method: request.method!,
      url: request.url!,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
      connection: this.sockets.indexOf(request.socket) + 1,
    };
    this.asked.push(asked);
    this.answer(response, asked);
  }
}
