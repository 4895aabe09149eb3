import { Inject, Injectable, Logger, type OnModuleDestroy, Optional } from '@nestjs/common';
import { sql } from 'kysely';
import { newId } from '#core/identifiers.js';
import { ChannelListener } from '#database/channel-listener.js';
import { Store } from '#database/store.js';
import { PubSub } from '#redis/pub-sub.js';
import { RedisHealth } from '#redis/redis-health.js';

const KINDS = ['upstream', 'definitions', 'virtual_server', 'dynamic_tool'] as const;

/**
 * Somebody has added, changed or removed the upstream, the virtual server or the dynamic tool of that name, or decided
 * about what the upstream of that name offers, or was the first to see it (`definitions`).
 */
export interface NewsItem {
  readonly kind: (typeof KINDS)[number];
  /** Of a dynamic tool: its id. */
  readonly name: string;
}

type Hear = (item: NewsItem) => void;

/** Of Redis and of PostgreSQL. */
const CHANNEL = 'achilles_news';
/** How often those who listen are asked to look for themselves, while nobody could tell them. */
const LOOK_AWAY_MS = 1_000;
/** And while somebody could: what was lost is found all the same. */
const LOOK_MS = 30_000;

/**
 * What administrators do, told to every replica within a second: over Redis where there is one, else over PostgreSQL's
 * NOTIFY. News are hints. What is true stands in the database, and whoever listens also looks by itself now and then.
 */
@Injectable()
export class ReplicaNews implements OnModuleDestroy {
  private readonly logger = new Logger('Replicas');
  /** News come back to whoever told them over PostgreSQL. */
  private readonly self = newId();
  private readonly listeners = new Map<Hear, () => void>();
  private readonly channel: ChannelListener | undefined;
  private timer: NodeJS.Timeout | undefined;
  private lookedAt = 0;
  private subscribed = false;

  constructor(
    @Optional() @Inject(Store) private readonly store: Store | undefined,
    @Optional() @Inject(PubSub) private readonly others: PubSub | undefined,
    @Optional() @Inject(RedisHealth) private readonly redis: RedisHealth | undefined,
  ) {
    if (!store || others) return;
    const { connection } = store;
    this.channel = new ChannelListener({
      connection,
      channel: CHANNEL,
      hear: (payload) => this.hearNotice(payload),
      onListening: () => this.look(),
    });
  }

  /** Those who listen here have heard it when this returns; others do within a second. Never throws. */
  async tell(item: NewsItem): Promise<void> {
    this.pass(item);
    const text = JSON.stringify(item);
    if (this.others) await this.others.publish(CHANNEL, text);
    else if (this.store) await this.notify(this.store, `${this.self} ${text}`);
  }

  /**
   * @param look is called when news may have been missed, and now and then: compare with what is true
   * @returns how to stop
   */
  listen(hear: Hear, look: () => void): () => void {
    this.listeners.set(hear, look);
    this.open();
    return () => {
      this.listeners.delete(hear);
      if (this.listeners.size === 0) this.close();
    };
  }

  onModuleDestroy(): void {
    this.listeners.clear();
    this.close();
  }

  private open(): void {
    if (!this.store && !this.others) return;
    this.channel?.start();
    this.timer ??= setInterval(() => this.lookIfDue(), LOOK_AWAY_MS).unref();
    if (this.subscribed || !this.others) return;
    this.subscribed = true;
    this.others.subscribe(CHANNEL, (message) => this.hear(message));
    this.others.onReturn(() => this.look());
  }

  private close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.channel?.stop();
  }

  private async notify(store: Store, message: string): Promise<void> {
    try {
      await sql`select pg_notify(${CHANNEL}, ${message})`.execute(store.database);
    } catch (error) {
      // What was decided is stored. The others find it when they look.
      this.logger.warn(`other replicas could not be told: ${(error as Error).message}`);
    }
  }

  private hearNotice(payload: string): void {
    const space = payload.indexOf(' ');
    if (payload.slice(0, space) !== this.self) this.hear(payload.slice(space + 1));
  }

  /** Whoever may use the database, or Redis, may say anything there. */
  private hear(message: string): void {
    let item: Partial<NewsItem> | null;
    try {
      item = JSON.parse(message) as Partial<NewsItem> | null;
    } catch {
      return;
    }
    const kind = KINDS.find((known) => known === item?.kind);
    if (kind && typeof item?.name === 'string') this.pass({ kind, name: item.name });
  }

  private pass(item: NewsItem): void {
    for (const hear of this.listeners.keys()) this.attempt(() => hear(item));
  }

  private lookIfDue(): void {
    const hears = this.others ? this.redis?.available === true : this.channel?.isListening === true;
    if (!hears || performance.now() - this.lookedAt >= LOOK_MS) this.look();
  }

  private look(): void {
    this.lookedAt = performance.now();
    for (const look of this.listeners.values()) this.attempt(look);
  }

  /** One who cannot bear the news keeps nobody else from them. */
  private attempt(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.logger.error(error, 'news of another replica could not be taken');
    }
  }
}
