import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '#gateway/tools/tool.js';
import { modernMeta } from './request-meta.js';
import type { Talk } from './talk.js';

/** What is wanted now. */
export interface WantedNews {
  readonly isWanted: boolean;
  readonly addresses: readonly string[];
}

/** Changes of what is wanted that come close together are told once. */
const GATHER_MS = 20;
/** A listening that the upstream has ended is begun again after this. */
const AGAIN_MS = 1_000;
const MOST_ADDRESSES = 1_000;

/** What one conversation was asked to tell of, in the way of its era. */
export class NewsSubscription {
  private readonly over = new AbortController();
  private listening: AbortController | undefined;
  private readonly subscribed = new Set<string>();
  private asked = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly talk: Talk) {}

  update(wanted: WantedNews): void {
    clearTimeout(this.timer);
    if (this.over.signal.aborted) return;
    this.timer = setTimeout(() => this.ask(wanted), GATHER_MS).unref();
  }

  end(): void {
    clearTimeout(this.timer);
    this.over.abort(new Error('nobody listens any more'));
  }

  private ask({ isWanted, addresses }: WantedNews): void {
    if (this.over.signal.aborted || this.talk.isClosing) return;
    const uris = isWanted && this.can('resources', 'subscribe') ? addresses.slice(0, MOST_ADDRESSES) : [];
    if (this.talk.description.era === 'legacy') this.subscribe(new Set(uris));
    else this.listen(isWanted, uris);
  }

  /** 2026-07-28: one long request, made anew when something else is wanted. */
  private listen(isWanted: boolean, uris: readonly string[]): void {
    const notifications = {
      ...(this.can('tools', 'listChanged') && { toolsListChanged: true }),
      ...(this.can('prompts', 'listChanged') && { promptsListChanged: true }),
      ...(this.can('resources', 'listChanged') && { resourcesListChanged: true }),
      ...(uris.length > 0 && { resourceSubscriptions: uris }),
    };
    const asked = isWanted && Object.keys(notifications).length > 0 ? JSON.stringify(notifications) : '';
    if (asked === this.asked) return;
    this.asked = asked;
    this.listening?.abort(new Error('something else is wanted'));
    this.listening = undefined;
    if (asked === '') return;
    const listening = (this.listening = new AbortController());
    void this.keepListening({ notifications }, AbortSignal.any([listening.signal, this.over.signal]));
  }

  private async keepListening(params: JsonObject, signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const meta = (token: number) => modernMeta(undefined, token);
        await this.talk.dialogue.request({ method: 'subscriptions/listen', params, signal, meta });
        await delay(AGAIN_MS, undefined, { signal, ref: false });
      }
    } catch {
      // It refuses, or the conversation is over: the lists are looked at from time to time anyway.
    }
  }

  /** The revisions with a handshake tell of lists without being asked to. */
  private subscribe(uris: ReadonlySet<string>): void {
    for (const uri of uris) if (!this.subscribed.has(uri)) this.tell('resources/subscribe', uri);
    for (const uri of this.subscribed) if (!uris.has(uri)) this.tell('resources/unsubscribe', uri);
  }

  private tell(method: 'resources/subscribe' | 'resources/unsubscribe', uri: string): void {
    if (method === 'resources/subscribe') this.subscribed.add(uri);
    else this.subscribed.delete(uri);
    // An address that it knows nothing of has no news.
    this.talk.dialogue.request({ method, params: { uri }, signal: this.over.signal }).catch(() => undefined);
  }

  private can(capability: string, what: string): boolean {
    const declared = this.talk.description.capabilities[capability];
    return typeof declared === 'object' && declared !== null && (declared as JsonObject)[what] === true;
  }
}
