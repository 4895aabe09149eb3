import { type Kysely, sql } from 'kysely';
import type { PoolConfig } from 'pg';
import { ChannelListener } from '#database/channel-listener.js';
import type { Tables } from '#database/tables.js';
import { SessionNews, type SessionNewsItem } from './session-news.js';

const CHANNEL = 'achilles_sessions';
const TELL_MS = 1_000;
/** More sessions than these in one second are not told of: who lists them sees them. */
const MOST_AT_ONCE = 1_000;

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
  private readonly channel: ChannelListener;
  private stopped = false;

  constructor(
    private readonly database: Kysely<Tables>,
    connection: PoolConfig,
  ) {
    super();
    this.channel = new ChannelListener({ connection, channel: CHANNEL, hear: (payload) => this.hear(payload) });
  }

  tell(item: SessionNewsItem): void {
    const key = item.what === 'created' ? item.id : `${item.id} ${item.what}`;
    if (this.stopped || this.waiting.size >= MOST_AT_ONCE || this.waiting.has(key)) return;
    this.waiting.set(key, item);
    this.timer ??= setTimeout(() => this.send(), TELL_MS).unref();
  }

  listen(hear: (item: SessionNewsItem) => void): () => void {
    this.listeners.add(hear);
    if (!this.stopped) this.channel.start();
    return () => {
      this.listeners.delete(hear);
      if (this.listeners.size === 0) this.channel.stop();
    };
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.channel.stop();
  }

  private send(): void {
    this.timer = undefined;
    const items = [...this.waiting.values()];
    this.waiting.clear();
    // The store's own health tells when it is away.
    notifySessionNews(this.database, items).catch(() => undefined);
  }

  private hear(payload: string): void {
    let item: SessionNewsItem;
    try {
      item = JSON.parse(payload) as SessionNewsItem;
    } catch {
      // Whoever may use the database may notify.
      return;
    }
    for (const listener of this.listeners) listener(item);
  }
}
