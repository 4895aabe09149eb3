/** One retry for every five calls: 20 %. */
const CALLS_PER_RETRY = 5;
/** Good times are remembered for this many retries, so that a bad time does not begin with a storm of them. */
const MOST_SAVED = 20 * CALLS_PER_RETRY;

/** Keeps retries to a fifth of the calls, however many of them fail: what is down is not helped by being asked more. */
export class RetryBudget {
  private saved = 0;

  /** A call is made, whatever becomes of it. */
  called(): void {
    if (this.saved < MOST_SAVED) this.saved++;
  }

  /** Spends one retry; false when there is none to spend. */
  take(): boolean {
    if (this.saved < CALLS_PER_RETRY) return false;
    this.saved -= CALLS_PER_RETRY;
    return true;
  }
}
