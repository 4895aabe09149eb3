import { Inject, Injectable, Optional } from '@nestjs/common';
import { PubSub } from '#redis/pub-sub.js';
import { type Address, WantedAddresses, type WatchAddress } from './wanted-addresses.js';

/** What has changed: one of the lists, or what one resource holds. */
export type Change =
  | { readonly kind: 'tools' | 'prompts' | 'resources' }
  /**
   * `tenant`: whose resource it is; undefined: everybody's. `mount`: path of the one mount where it has this address;
   * undefined: wherever somebody listens for it.
   */
  | { readonly kind: 'resource'; readonly uri: string; readonly tenant?: string; readonly mount?: string };

type Listener = (change: Change) => void;

const CHANNEL = 'mcp:changes';

/** Carries news of changes from sources to whoever listens, in this process and in those beside it. */
@Injectable()
export class Changes {
  private readonly listeners = new Set<Listener>();
  private readonly origins = new Map<() => () => void, (() => void) | undefined>();
  private readonly wanted = new WantedAddresses();

  constructor(@Optional() @Inject(PubSub) private readonly others?: PubSub) {
    others?.subscribe(CHANNEL, (message) => this.tell(JSON.parse(message) as Change));
    // Whatever was said meanwhile is not known: those who listen compare.
    others?.onReturn(() => {
      for (const kind of ['tools', 'prompts', 'resources'] as const) this.tell({ kind });
    });
  }

  publish(change: Change): void {
    this.tell(change);
    void this.others?.publish(CHANNEL, JSON.stringify(change));
  }

  /** News that every process beside this one hears of by itself. */
  tell(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }

  /** @returns how to stop */
  subscribe(listener: Listener): () => void {
    const first = this.listeners.size === 0;
    this.listeners.add(listener);
    if (first) for (const open of this.origins.keys()) this.origins.set(open, open());
    return () => {
      if (!this.listeners.delete(listener) || this.listeners.size > 0) return;
      for (const [open, close] of this.origins) {
        close?.();
        this.origins.set(open, undefined);
      }
    };
  }

  /** For news that cost something: `open` is called while somebody listens, what it returns when nobody does any more. */
  whileListened(open: () => () => void): void {
    this.origins.set(open, this.listeners.size > 0 ? open() : undefined);
  }

  /** Somebody at this process wants news of this resource; those who listen say so for each. @returns how to stop */
  want(address: Address): () => void {
    return this.wanted.want(address);
  }

  /**
   * For sources whose resources tell of themselves only when asked to: `open` is called with an address when the first
   * one here wants it, what it returns when the last one does not any more. Every process asks for itself, and passes on
   * with `tell` what it hears.
   */
  whileWanted(open: WatchAddress): void {
    this.wanted.watch(open);
  }

  /** What is wanted here now, for a source that begins anew. */
  wantedNow(): readonly Address[] {
    return this.wanted.addresses();
  }
}
