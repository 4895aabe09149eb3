import type { Clock } from '#observability/clock.js';

/** An access token that somebody else gave. */
export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch; Infinity where nobody said. */
  readonly expiresAt: number;
  /** When it is time for another one: a while before it expires, so that no call arrives with one that just has. */
  readonly renewAt: number;
}

const EARLY_MS = 60_000;
const EARLY_SHARE = 0.1;
/** After an attempt that failed, so that calls do not line up at a server that is away. */
const PAUSE_MS = 1_000;
/** A token that is refused so soon after another one was refused is not the reason. */
const REFUSED_AGAIN_MS = 30_000;

/** @param lifetime seconds, where the server says */
export function timesOf(now: number, lifetime: number | undefined): Pick<Token, 'expiresAt' | 'renewAt'> {
  if (lifetime === undefined) return { expiresAt: Infinity, renewAt: Infinity };
  const ms = lifetime * 1_000;
  return { expiresAt: now + ms, renewAt: now + ms - Math.min(EARLY_MS, ms * EARLY_SHARE) };
}

/** One token, fetched once for however many wait, and again shortly before it expires. */
export class CachedToken {
  private token: Token | undefined;
  private fetching: Promise<Token> | undefined;
  private failure: { readonly error: unknown; readonly until: number } | undefined;
  private refusedAt = -Infinity;

  /** @param fetch has a time of its own: no caller who leaves ends it for the others */
  constructor(
    private readonly fetch: () => Promise<Token>,
    private readonly clock: Clock,
  ) {}

  /** At once where it is at hand. @throws what `fetch` throws, or the signal's reason */
  get(signal: AbortSignal): Token | Promise<Token> {
    const { token } = this;
    if (token && this.clock.now() < token.renewAt) return token;
    return untilAborted(this.renew(), signal);
  }

  /** @returns true where it pays to ask for another one */
  refused(value: string | undefined): boolean {
    if (this.token === undefined || this.token.value !== value) return this.token !== undefined;
    const now = this.clock.now();
    if (now - this.refusedAt < REFUSED_AGAIN_MS) return false;
    this.refusedAt = now;
    this.token = undefined;
    return true;
  }

  private async renew(): Promise<Token> {
    try {
      return await this.fetchOnce();
    } catch (error) {
      const { token } = this;
      if (token && this.clock.now() < token.expiresAt) return token;
      throw error;
    }
  }

  private fetchOnce(): Promise<Token> {
    const { failure } = this;
    if (failure && this.clock.now() < failure.until) return Promise.reject(failure.error as Error);
    this.fetching ??= this.fetch()
      .then(
        (token) => {
          this.failure = undefined;
          return (this.token = token);
        },
        (error: unknown) => {
          this.failure = { error, until: this.clock.now() + PAUSE_MS };
          throw error;
        },
      )
      .finally(() => (this.fetching = undefined));
    return this.fetching;
  }
}

/** What others wait for as well goes on when one of them leaves. @throws the signal's reason */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason as Error);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
