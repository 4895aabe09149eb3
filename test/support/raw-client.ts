import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One connection, spoken to by hand: what a client sees of the wire, and when it is closed. */
export class RawClient implements Disposable {
  private text = '';
  private closedBy: string | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (this.text += chunk));
    socket.on('end', () => (this.closedBy ??= 'server'));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.closedBy ??= error.code ?? error.message));
    socket.on('close', () => (this.closedBy ??= 'closed'));
  }

  static async connect(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Sends the bytes as they are. */
  send(text: string): void {
    this.socket.write(text);
  }

  /** Sends a request and waits for the head of its answer and as much of the body as came with it. */
  async ask(method: string, path: string, body = ''): Promise<string> {
    this.text = '';
    this.send(
      `${method} ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    return this.answer();
  }

  /** The next answer; what came of it when the connection was closed before. */
  async answer(): Promise<string> {
    while (!this.text.includes('\r\n\r\n') && this.closedBy === undefined) await tick();
    return this.text;
  }

  /** How the connection ended. */
  async closed(): Promise<string> {
    while (this.closedBy === undefined) await tick();
    return this.closedBy;
  }

  get isOpen(): boolean {
    return this.closedBy === undefined;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

const tick = () => new Promise((resolve) => setTimeout(resolve, 5));
