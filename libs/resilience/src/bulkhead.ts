/** A place in the queue. */
export interface Waiting {
  /** Resolves when the waiter is inside; never rejects. */
  readonly entered: Promise<void>;
  /** Instead of waiting on, or of what would have been done inside. */
  giveUp(): void;
}

/**
 * Bounds how many are inside at once, so that somebody slow takes no more than a share. A few may wait, first come, first
 * served: clients send in bursts. Whoever has entered leaves once.
 */
export class Bulkhead {
  private inside = 0;
  private readonly queue = new Set<() => void>();

  /** @param places most who may wait */
  constructor(
    readonly limit: number,
    private readonly places: number,
  ) {}

  get running(): number {
    return this.inside;
  }

  get waiting(): number {
    return this.queue.size;
  }

  /** Enters, where there is room now. */
  tryEnter(): boolean {
    if (this.inside >= this.limit) return false;
    this.inside++;
    return true;
  }

  /** Queues up; undefined when too many do already. */
  wait(): Waiting | undefined {
    if (this.queue.size >= this.places) return undefined;
    const { promise: entered, resolve } = Promise.withResolvers<void>();
    this.queue.add(resolve);
    return {
      entered,
      giveUp: () => {
        // No longer queued: its place inside goes to the next one.
        if (!this.queue.delete(resolve)) this.leave();
      },
    };
  }

  leave(): void {
    const [next] = this.queue;
    if (next === undefined) {
      this.inside--;
      return;
    }
    this.queue.delete(next);
    next();
  }
}
