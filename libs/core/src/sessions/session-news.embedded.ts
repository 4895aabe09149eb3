import { type Kysely, sql } from 'kysely';
import { Client, type PoolConfig } from 'pg';
import type { Tables } from '#database/tables.js';
import { SessionNews, type SessionNewsItem } from './session-news.js';

const CHANNEL = 'achilles_sessions';
const TELL_MS = 1_000;
/** More sessions than these in one second are not told of: who lists them sees them. */
const MOST_AT_ONCE = 1_000;
const RECONNECT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** Sends the news to whoever listens, with the transaction if it is one. */
export async function notifySessionNews(database: Kysely<Tables>, items: readonly SessionNewsItem[]): Promise<void> {
  const texts = items.map((item) => JSON.stringify(item));
  await sql`select pg_notify(${CHANNEL}, item) from unnest(${texts}::text[]) as item`.execute(database);
}

/**
 * News over PostgreSQL's NOTIFY. What is told is collected and sent once a second, outside of the transaction that it
 * is about: a notification makes commits wait for one another, which no batch of events shall pay for. A connection is
 * held only while somebody listens.
 */
export class EmbeddedSessionNews extends SessionNews {
  private readonly waiting = new Map<string, SessionNewsItem>();
  private readonly listeners = new Set<(item: SessionNewsItem) => void>();
  private timer: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;
  private client: Client | undefined;
  private stopped = false;

  constructor(
    private readonly database: Kysely<Tables>,
    private readonly connection: PoolConfig,
  ) {
    super();
  }

  tell(item: SessionNewsItem): void {
    const key = item.what === 'created' ? item.id : `${item.id} ${item.what}`;
    if (this.stopped || this.waiting.size >= MOST_AT_ONCE || this.waiting.has(key)) return;
    this.waiting.set(key, item);
    this.timer ??= setTimeout(() => this.send(), TELL_MS).unref();
  }

  listen(hear: (item: SessionNewsItem) => void): () => void {
    this.listeners.add(hear);
    if (!this.client && !this.stopped) this.connect();
    return () => {
      this.listeners.delete(hear);
      if (this.listeners.size === 0) this.hangUp();
    };
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.hangUp();
  }

  private send(): void {
    this.timer = undefined;
    const items = [...this.waiting.values()];
    this.waiting.clear();
    // The store's own health tells when it is away.
    notifySessionNews(this.database, items).catch(() => undefined);
  }

  private connect(): void {
    const client = new Client({
      ...this.connection,
      application_name: 'achilles-news',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    this.client = client;
    const again = () => {
      if (this.client === client) this.retry ??= setTimeout(() => this.reconnect(client), RECONNECT_MS).unref();
    };
    client.on('error', again).on('end', again);
    client.on('notification', ({ payload }) => this.hear(payload));
    client
      .connect()
      .then(() => client.query(`listen ${CHANNEL}`))
      .catch(again);
  }

  private hear(payload = ''): void {
    let item: SessionNewsItem;
    try {
      item = JSON.parse(payload) as SessionNewsItem;
    } catch {
      // Whoever may use the database may notify.
      return;
    }
    for (const listener of this.listeners) listener(item);
  }

  private reconnect(broken: Client): void {
    this.retry = undefined;
    end(broken);
    this.connect();
  }

  private hangUp(): void {
    clearTimeout(this.retry);
    this.retry = undefined;
    const { client } = this;
    this.client = undefined;
    if (client) end(client);
  }
}

/** A server that hangs would also hang the farewell: nobody waits for it. */
const end = (client: Client): void => void client.end().catch(() => undefined);
