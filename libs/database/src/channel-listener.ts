import { Client, type PoolConfig } from 'pg';

const RECONNECT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;

export interface ChannelOptions {
  readonly connection: PoolConfig;
  /** Name of the channel, as `notify` has it: letters, digits and underscores. */
  readonly channel: string;
  /** Whoever may use the database may notify: the payload is anybody's text. */
  readonly hear: (payload: string) => void;
  /** Called each time that it listens, the first time too: what was said before it did is not known. */
  readonly onListening?: () => void;
}

/** Listens to one channel of PostgreSQL's NOTIFY on a connection of its own, which is made again when it breaks. */
export class ChannelListener {
  private retry: NodeJS.Timeout | undefined;
  private client: Client | undefined;
  private listening = false;

  constructor(private readonly options: ChannelOptions) {}

  /** False while nothing would be heard. */
  get isListening(): boolean {
    return this.listening;
  }

  start(): void {
    if (!this.client) this.connect();
  }

  stop(): void {
    clearTimeout(this.retry);
    this.retry = undefined;
    this.listening = false;
    const { client } = this;
    this.client = undefined;
    if (client) end(client);
  }

  private connect(): void {
    const { connection, channel, hear, onListening } = this.options;
    const client = new Client({
      ...connection,
      application_name: channel,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    this.client = client;
    const again = () => {
      if (this.client !== client) return;
      this.listening = false;
      this.retry ??= setTimeout(() => this.reconnect(client), RECONNECT_MS).unref();
    };
    client.on('error', again).on('end', again);
    client.on('notification', ({ payload }) => hear(payload ?? ''));
    client
      .connect()
      .then(() => client.query(`listen ${channel}`))
      .then(() => {
        if (this.client !== client || this.retry) return;
        this.listening = true;
        onListening?.();
      })
      .catch(again);
  }

  private reconnect(broken: Client): void {
    this.retry = undefined;
    end(broken);
    this.connect();
  }
}

/** A server that hangs would also hang the farewell: nobody waits for it. */
const end = (client: Client): void => void client.end().catch(() => undefined);
