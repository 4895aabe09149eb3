/** Runs that were let in within one millisecond. */
interface Moment {
  readonly at: number;
  count: number;
}

/** Emptied places at the front that are worth moving the rest for. */
const MOST_EMPTY = 64;

/**
 * Counts what happened within the last `windowMs` milliseconds, exactly: what happened then counts until that long after,
 * and not any longer. It keeps one entry for each millisecond in which anything happened, so never more than the window
 * has, nor than the most that is counted.
 */
export class SlidingWindow {
  private moments: Moment[] = [];
  private first = 0;
  private total = 0;

  constructor(private readonly windowMs: number) {}

  /** How many there are now. */
  count(now: number): number {
    let moment = this.moments[this.first];
    while (moment && moment.at <= now - this.windowMs) {
      this.total -= moment.count;
      moment = this.moments[++this.first];
    }
    if (this.first > MOST_EMPTY && this.first * 2 > this.moments.length) {
      this.moments = this.moments.slice(this.first);
      this.first = 0;
    }
    return this.total;
  }

  add(now: number): void {
    const last = this.moments.at(-1);
    this.total++;
    // A clock that is set back counts as one that stands still.
    if (last && this.first < this.moments.length && last.at >= now) last.count++;
    else this.moments.push({ at: now, count: 1 });
  }

  /** Milliseconds until the first of them counts no longer; 0 when there is none. */
  freeIn(now: number): number {
    const moment = this.moments[this.first];
    return moment ? Math.max(0, moment.at + this.windowMs - now) : 0;
  }
}
