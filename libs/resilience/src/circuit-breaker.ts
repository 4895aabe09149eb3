/** What an operator has said: `auto` leaves it to how calls end. */
export type BreakerMode = 'auto' | 'open' | 'closed';

export const BREAKER_STATES = ['closed', 'half_open', 'open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

/** How a call ended, as far as it says something about the other side; `unknown` says nothing. */
export type BreakerOutcome = 'good' | 'failed' | 'unknown';

/** Leave to call, once: `probe` while it is being found out whether the other side is back. */
export type Admission = 'call' | 'probe';

/** Milliseconds between two probes. */
export const PROBE_EVERY_MS = 10_000;
/** Probes in a row that must be good before everybody calls again. */
const GOOD_PROBES = 2;

/** The last calls, one bit each. */
const WINDOW = (1 << 10) - 1;
/** Of the last ten calls: seven in a row open it, a side that fails every third call does not. */
const FAILURES_TO_OPEN = 7;

/** Keeps calls from somebody who fails them, and finds out with a single call every ten seconds when to go on. */
export class CircuitBreaker {
  private current: BreakerState = 'closed';
  private said: BreakerMode = 'auto';
  private window = 0;
  private goodProbes = 0;
  private probing = false;
  private nextProbeAt = 0;

  /** @param now milliseconds, that never go back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  get state(): BreakerState {
    if (this.said === 'auto') return this.current;
    return this.said === 'open' ? 'open' : 'closed';
  }

  get mode(): BreakerMode {
    return this.said;
  }

  /** Of the last ten calls. */
  get failures(): number {
    return bitsOf(this.window);
  }

  /** By hand. Whatever was known is forgotten, so that `auto` begins closed. */
  set(mode: BreakerMode): void {
    this.said = mode;
    this.close();
  }

  /** Leave to call, which is to be given back by `ended`; or in how many milliseconds to ask again. */
  admit(): Admission | number {
    if (this.said === 'open') return PROBE_EVERY_MS;
    if (this.said === 'closed' || this.current === 'closed') return 'call';
    const now = this.now();
    if (this.probing || now < this.nextProbeAt) return Math.max(this.nextProbeAt - now, 1);
    this.current = 'half_open';
    this.probing = true;
    this.nextProbeAt = now + PROBE_EVERY_MS;
    return 'probe';
  }

  /** @returns true when the breaker has opened by it */
  ended(admission: Admission, outcome: BreakerOutcome): boolean {
    if (this.said !== 'auto') return false;
    if (admission === 'call') return this.current === 'closed' && outcome !== 'unknown' && this.count(outcome);
    if (this.current !== 'half_open') return false;
    this.probing = false;
    // Whoever probes next finds out: nothing was learnt by this one.
    if (outcome === 'unknown') this.nextProbeAt = this.now();
    else if (outcome === 'failed') return this.open();
    else if (++this.goodProbes >= GOOD_PROBES) this.close();
    return false;
  }

  private count(outcome: BreakerOutcome): boolean {
    this.window = ((this.window << 1) | (outcome === 'failed' ? 1 : 0)) & WINDOW;
    return outcome === 'failed' && bitsOf(this.window) >= FAILURES_TO_OPEN && this.open();
  }

  private open(): true {
    this.current = 'open';
    this.goodProbes = 0;
    this.nextProbeAt = this.now() + PROBE_EVERY_MS;
    return true;
  }

  private close(): void {
    this.current = 'closed';
    this.window = 0;
    this.goodProbes = 0;
    this.probing = false;
  }
}

function bitsOf(word: number): number {
  let bits = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}
