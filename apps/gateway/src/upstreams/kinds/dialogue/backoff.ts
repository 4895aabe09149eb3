/** One that has lasted so long was well: what ends it later is not held against the ones before. */
const WELL_MS = 10_000;
const BASE_MS = 250;
const CAP_MS = 30_000;
/** Failures in a row that make a crash loop. */
const LOOP = 4;

/** Whether, and when, what ended by itself may begin again: at once, then after twice as long each time, at most 30 s. */
export class Backoff {
  private failures = 0;
  private until = 0;

  constructor(private readonly random: () => number = Math.random) {}

  get isLooping(): boolean {
    return this.failures >= LOOP;
  }

  /** Milliseconds until another try. */
  get waitMs(): number {
    return Math.max(0, this.until - performance.now());
  }

  /** @param lastedMs 0: it did not even begin */
  failed(lastedMs: number): void {
    if (lastedMs >= WELL_MS) this.failures = 0;
    this.failures++;
    const most = Math.min(CAP_MS, BASE_MS * 2 ** (this.failures - 1));
    this.until = performance.now() + most * (0.5 + this.random() / 2);
  }

  /** What was wrong is not any more, as far as somebody knows. */
  reset(): void {
    this.failures = 0;
    this.until = 0;
  }
}
