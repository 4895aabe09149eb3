import { Injectable } from '@nestjs/common';

/** What has changed: one of the lists, or what one resource holds. */
export type Change =
  | { readonly kind: 'tools' | 'prompts' | 'resources' }
  /** `tenant`: whose resource it is; undefined: everybody's. */
  | { readonly kind: 'resource'; readonly uri: string; readonly tenant?: string };

type Listener = (change: Change) => void;

/** Carries news of changes from sources to whoever listens, in this process. */
@Injectable()
export class Changes {
  private readonly listeners = new Set<Listener>();
  private readonly origins = new Map<() => () => void, (() => void) | undefined>();

  publish(change: Change): void {
    this.tell(change);
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
}
