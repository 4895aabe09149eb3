/** After the first failure, and at most. */
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** However short-lived a list is said to be. */
const LEAST_MS = 10_000;
/** Part of each wait that is left to chance, so that replicas do not ask all at once. */
const JITTER = 0.2;

/** When to look again: after a while where all is well, soon and then ever later where it is not. */
export class RefreshTimer {
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private stopped = false;

  /** @param everyMs while all is well */
  constructor(
    private readonly everyMs: number,
    private readonly look: () => void,
  ) {}

  /** @param ttlMs how long what was seen may be kept, where that was said */
  succeeded(ttlMs = Infinity): void {
    this.failures = 0;
    this.wait(Math.min(this.everyMs, Math.max(ttlMs, LEAST_MS)));
  }

  failed(): void {
    this.wait(Math.min(FIRST_MS * 2 ** this.failures++, LONGEST_MS, this.everyMs));
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private wait(ms: number): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.look, ms * (1 + JITTER * (Math.random() - 0.5))).unref();
  }
}
