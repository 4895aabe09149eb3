import { GuardRejection } from '#gateway/tools/tools.errors.js';

/** Who takes a place: a process, a stream. */
export interface Occupant {
  /** Whose it is: an upstream. */
  readonly owner: string;
  /** Nobody uses it now: it may have to make room. */
  readonly isIdle: boolean;
  /** Of `performance.now()`. */
  readonly lastUsed: number;
  /** True: it is on its way out, and another one in its stead does not count against its owner. */
  readonly isReplaced: boolean;
  /** Has to make room; gives its place back when it has gone. */
  makeRoom(): void;
}

interface Waiter {
  readonly occupant: Occupant;
  readonly most: number;
  readonly enter: (release: () => void) => void;
}

/** Those who may wait; more are turned away. */
const MOST_WAITING = 256;

/**
 * How many there may be at once, of each owner and of all together. Whoever comes when there is no room takes the place
 * of the one that has been idle longest, or waits.
 */
export class Places {
  private readonly inside = new Set<Occupant>();
  private readonly leaving = new Set<Occupant>();
  private readonly queue = new Set<Waiter>();

  constructor(private readonly total: number) {}

  get taken(): number {
    return this.inside.size;
  }

  /**
   * @param most that its owner may have
   * @returns how to give it back @throws GuardRejection when too many wait, the signal's reason
   */
  take(occupant: Occupant, most: number, signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (this.queue.size >= MOST_WAITING) return Promise.reject(new GuardRejection(occupant.owner));
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const onAbort = () => {
      this.queue.delete(waiter);
      reject(signal.reason as Error);
    };
    const enter = (release: () => void) => {
      signal.removeEventListener('abort', onAbort);
      resolve(release);
    };
    const waiter: Waiter = { occupant, most, enter };
    signal.addEventListener('abort', onAbort, { once: true });
    this.queue.add(waiter);
    this.settle();
    return promise;
  }

  /** Somebody has become idle, or is on its way out. */
  changed(): void {
    if (this.queue.size > 0) this.settle();
  }

  /** First come, first served, but nobody waits for another owner's room. */
  private settle(): void {
    /** Those who wait for room of an owner, or of anybody (''). */
    const wanting = new Map<string, number>();
    for (const waiter of this.queue) {
      const { owner } = waiter.occupant;
      const own = this.ofOwner(owner);
      const isOwnFull = own.length >= waiter.most;
      if (!isOwnFull && this.inside.size < this.total) {
        this.queue.delete(waiter);
        this.inside.add(waiter.occupant);
        waiter.enter(() => this.release(waiter.occupant));
        continue;
      }
      const from = isOwnFull ? owner : '';
      const wanted = (wanting.get(from) ?? 0) + 1;
      wanting.set(from, wanted);
      this.askForRoom(isOwnFull ? own : [...this.inside], wanted);
    }
  }

  /** One makes room for each who waits, and no more. */
  private askForRoom(candidates: readonly Occupant[], wanted: number): void {
    const leaving = candidates.filter((occupant) => this.leaving.has(occupant)).length;
    if (leaving >= wanted) return;
    let oldest: Occupant | undefined;
    for (const occupant of candidates) {
      if (!occupant.isIdle || this.leaving.has(occupant)) continue;
      if (!oldest || occupant.lastUsed < oldest.lastUsed) oldest = occupant;
    }
    if (!oldest) return;
    this.leaving.add(oldest);
    oldest.makeRoom();
  }

  private release(occupant: Occupant): void {
    this.leaving.delete(occupant);
    if (this.inside.delete(occupant)) this.settle();
  }

  private ofOwner(owner: string): readonly Occupant[] {
    return [...this.inside].filter((occupant) => occupant.owner === owner && !occupant.isReplaced);
  }
}
