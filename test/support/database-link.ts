import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';

/** The way to a database, which a test can cut. */
export class DatabaseLink implements AsyncDisposable {
  private readonly open = new Set<Socket>();
  /** What the gateway is about to say when the way is cut under it; undefined: it is not. */
  private cutAt: string | undefined;
  private isCut = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** @param target address of the database itself */
  static async to(target: string): Promise<DatabaseLink> {
    const { host, port, user, database, password } = new Client({ connectionString: target });
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const who = encodeURIComponent(user!) + (password ? `:${encodeURIComponent(password)}` : '');
    const at = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const link = new DatabaseLink(server, `postgres://${who}@${at}/${database}`);
    server.on('connection', (socket) => {
      const far = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
      link.carry(socket, far);
    });
    return link;
  }

  /** Every connection breaks, and new ones do. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.open) socket.destroy();
  }

  /** The same, as soon as the gateway says this: the server does not hear it. */
  cutBefore(words: string): void {
    this.cutAt = words;
  }

  get wasCut(): boolean {
    return this.isCut;
  }

  mend(): void {
    this.isCut = false;
    this.cutAt = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private carry(near: Socket, far: Socket): void {
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.open.delete(socket);
        other.destroy();
      });
    }
    if (this.isCut) return void near.destroy();
    near.on('data', (bytes) => {
      if (this.cutAt !== undefined && bytes.includes(this.cutAt)) this.cut();
      else far.write(bytes);
    });
    far.pipe(near);
  }
}
