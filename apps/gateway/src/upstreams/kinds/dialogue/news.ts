import type { UpstreamNews } from '../../upstream-connection.js';
import { NewsSubscription } from './news-subscription.js';
import type { Talk } from './talk.js';

/** News that come close together are told once. */
const GATHER_MS = 50;
/** Addresses of which news are gathered; beyond, it is only told that resources have changed. */
const MOST_ADDRESSES = 1_000;

const ALL: readonly UpstreamNews[] = [{ kind: 'tools' }, { kind: 'prompts' }, { kind: 'resources' }];

/** What an upstream says has changed, for whoever wants to hear it. */
export class News {
  private readonly hearers = new Set<(news: UpstreamNews) => void>();
  /** Addresses that somebody wants news of, and how many. */
  private readonly wanted = new Map<string, number>();
  private readonly gathered = new Map<string, UpstreamNews>();
  private timer: NodeJS.Timeout | undefined;
  private subscription: NewsSubscription | undefined;
  private hasBegun = false;

  get isWanted(): boolean {
    return this.hearers.size > 0;
  }

  get addresses(): readonly string[] {
    return [...this.wanted.keys()];
  }

  listen(hear: (news: UpstreamNews) => void): () => void {
    const one = (news: UpstreamNews) => hear(news);
    this.hearers.add(one);
    this.subscription?.update(this);
    return () => {
      this.hearers.delete(one);
      this.subscription?.update(this);
    };
  }

  subscribe(uri: string): () => void {
    this.count(uri, 1);
    let isOver = false;
    return () => {
      if (!isOver) this.count(uri, -1);
      isOver = true;
    };
  }

  heard(news: UpstreamNews): void {
    if (!this.isWanted) return;
    if (this.gathered.size < MOST_ADDRESSES) this.gathered.set('uri' in news ? news.uri : `:${news.kind}`, news);
    else this.gathered.set(':resources', { kind: 'resources' });
    this.timer ??= setTimeout(() => this.tell(), GATHER_MS).unref();
  }

  /** What was said between two conversations is not known. */
  begun(talk: Talk): void {
    this.subscription?.end();
    this.subscription = new NewsSubscription(talk);
    this.subscription.update(this);
    if (this.hasBegun) for (const news of ALL) this.heard(news);
    this.hasBegun = true;
  }

  close(): void {
    clearTimeout(this.timer);
    this.hearers.clear();
    this.subscription?.end();
  }

  private tell(): void {
    this.timer = undefined;
    const all = [...this.gathered.values()];
    this.gathered.clear();
    for (const news of all) for (const hear of this.hearers) hear(news);
  }

  private count(uri: string, by: 1 | -1): void {
    const count = (this.wanted.get(uri) ?? 0) + by;
    if (count > 0) this.wanted.set(uri, count);
    else this.wanted.delete(uri);
    this.subscription?.update(this);
  }
}
