import { type Demand, RateLimitStorage, type Standing, type Taken } from './rate-limit.storage.js';

interface Window {
  count: number;
  endsAt: number;
}

/** Some 20 MB at worst, for windows of one length. */
const MOST_KEYS = 50_000;

/**
 * Counts in this process, for a gateway without Redis. Strangers' counters have room of their own: however many
 * addresses they come from, they push out no caller's.
 */
export class MemoryRateLimitStorage extends RateLimitStorage {
  readonly available = true;
  private readonly callers = new Map<number, Generations>();
  private readonly strangers = new Map<number, Generations>();

  constructor(
    private readonly clock: () => number = Date.now,
    private readonly mostKeys = MOST_KEYS,
  ) {
    super();
  }

  take(demands: readonly Demand[]): Taken {
    const now = this.clock();
    let refused = -1;
    let longest = -1;
    const standings: Standing[] = [];
    for (let i = 0; i < demands.length; i++) {
      const { key, limit, windowMs } = demands[i]!;
      const window = this.windowsOf(key, windowMs).get(key, now);
      const resetsInMs = window ? window.endsAt - now : windowMs;
      const count = window ? window.count : 0;
      standings.push({ remaining: Math.max(0, limit - count), resetsInMs });
      if (count < limit || resetsInMs <= longest) continue;
      refused = i;
      longest = resetsInMs;
    }
    if (refused < 0) for (let i = 0; i < demands.length; i++) standings[i] = this.count(demands[i]!, now);
    return { refused, now, standings };
  }

  /** How many keys it holds. */
  get size(): number {
    return [...this.callers.values(), ...this.strangers.values()].reduce((sum, { size }) => sum + size, 0);
  }

  private count({ key, limit, windowMs }: Demand, now: number): Standing {
    const windows = this.windowsOf(key, windowMs);
    const window = windows.get(key, now) ?? windows.open(key, now);
    window.count++;
    return { remaining: limit - window.count, resetsInMs: window.endsAt - now };
  }

  private windowsOf(key: string, windowMs: number): Generations {
    const all = key.startsWith('ratelimit::') ? this.strangers : this.callers;
    let windows = all.get(windowMs);
    if (!windows) all.set(windowMs, (windows = new Generations(windowMs, this.mostKeys)));
    return windows;
  }
}

/**
 * Windows of one length, by the period in which they began. Two periods on, all of a period's windows have ended and
 * go together: no timer, no scan. A period that is full ends early, so that of live windows the oldest go first: they
 * would have begun anew the soonest.
 */
class Generations {
  private current = new Map<string, Window>();
  private previous = new Map<string, Window>();
  private turnsAt = 0;

  constructor(
    private readonly windowMs: number,
    private readonly mostKeys: number,
  ) {}

  get size(): number {
    return this.current.size + this.previous.size;
  }

  get(key: string, now: number): Window | undefined {
    const window = this.current.get(key) ?? this.previous.get(key);
    // One that ends later than one that begins now is left from before the clock was set back.
    return window && window.endsAt > now && window.endsAt <= now + this.windowMs ? window : undefined;
  }

  open(key: string, now: number): Window {
    if (now >= this.turnsAt || this.turnsAt > now + this.windowMs || this.current.size >= this.mostKeys) this.turn(now);
    const window = { count: 0, endsAt: now + this.windowMs };
    this.current.set(key, window);
    return window;
  }

  private turn(now: number): void {
    const ended = now >= this.turnsAt + this.windowMs;
    this.previous = ended ? new Map<string, Window>() : this.current;
    this.current = new Map<string, Window>();
    this.turnsAt = now + this.windowMs;
  }
}
