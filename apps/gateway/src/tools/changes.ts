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

  publish(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }

  /** @returns how to stop */
  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
