import { setTimeout as sleep } from 'node:timers/promises';
import { objectOf, textOf } from '../formats/untrusted-json.js';
import { GatewayUnreachable, gatewayError } from './gateway-error.js';

/** How a client is reached and how long it is patient. */
export interface HttpOptions {
  readonly url: URL;
  readonly token?: string;
  readonly version: string;
  /** Longest that one call takes with all its tries and pauses. */
  readonly patienceMs?: number;
  /** The same while nothing has answered yet: a gateway that was never started should not cost a minute. */
  readonly firstContactMs?: number;
  /** Longest that one call waits for its turn at a limit: a gateway that says when to come again has not failed. */
  readonly limitedMs?: number;
  /** One try. */
  readonly timeoutMs?: number;
  readonly pause?: (ms: number) => Promise<unknown>;
}

const RETRYABLE = new Set([429, 502, 503, 504]);
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

type Outcome =
  | { readonly kind: 'answer'; readonly value: unknown }
  | {
      readonly kind: 'failure';
      readonly error: Error;
      readonly retryAfterMs?: number;
      readonly final: boolean;
      readonly limited: boolean;
    };

/** Calls the gateway, again where that may help. Every call of this API can be repeated without doing its work twice. */
export class PersistentHttp {
  readonly #options: Required<Omit<HttpOptions, 'token'>> & Pick<HttpOptions, 'token'>;
  #reached = false;

  constructor(options: HttpOptions) {
    this.#options = {
      patienceMs: 60_000,
      firstContactMs: 2_000,
      timeoutMs: 30_000,
      limitedMs: 900_000,
      pause: sleep,
      ...options,
    };
  }

  /** `body` is JSON text. Null for an answer that has none. @throws GatewayError, GatewayUnreachable */
  async call(
    method: string,
    path: string,
    body?: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    let spentMs = 0;
    let limitedMs = 0;
    for (let attempt = 0; ; attempt++) {
      const began = performance.now();
      const outcome = await this.#try(method, path, body, more);
      if (outcome.kind === 'answer') return outcome.value;
      const pauseMs = outcome.retryAfterMs ?? backoff(attempt);
      const tookMs = performance.now() - began + pauseMs;
      if (outcome.limited) limitedMs += tookMs;
      else spentMs += tookMs;
      const { patienceMs, firstContactMs, pause } = this.#options;
      if (
        outcome.final ||
        limitedMs > this.#options.limitedMs ||
        spentMs > (this.#reached ? patienceMs : firstContactMs)
      )
        throw outcome.error;
      await pause(pauseMs);
    }
  }

  async #try(
    method: string,
    path: string,
    body: string | undefined,
    more: Readonly<Record<string, string>>,
  ): Promise<Outcome> {
    const { url, token, version, timeoutMs } = this.#options;
    const headers = new Headers({ accept: 'application/json', 'user-agent': `achilles-cli/${version}`, ...more });
    if (body !== undefined) headers.set('content-type', 'application/json');
    if (token) headers.set('authorization', `Bearer ${token}`);
    const target = new URL(`${url.pathname.replace(/\/+$/, '')}${path}`, url);
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      // Not followed: a redirect would turn a POST into a GET, and carry the token elsewhere.
      const response = await fetch(target, { method, headers, body, signal, redirect: 'manual' });
      const text = await response.text();
      this.#reached = true;
      return this.#read(`${method} ${path}`, response, text);
    } catch (error) {
      return { kind: 'failure', error: this.#unreachable(error), final: false, limited: false };
    }
  }

  #read(call: string, response: Response, text: string): Outcome {
    const { status, headers } = response;
    const value = status === 204 ? null : parsed(text);
    if (response.ok && value !== undefined) return { kind: 'answer', value };
    const retryAfterMs = retryAfter(headers.get('retry-after'));
    // The gateway, and a Core behind it, refuse in JSON; a page comes from something else at that address.
    const foreign = status < 400 || (status < 500 && status !== 429 && value === undefined);
    const location = headers.get('location');
    const error =
      foreign && status !== 401
        ? new GatewayUnreachable(
            `${this.#options.url.href} answers ${status}${location ? ` (to ${location})` : ''}, but not as an Achilles gateway does. Check --url.`,
          )
        : gatewayError(call, status, value);
    return {
      kind: 'failure',
      error,
      retryAfterMs,
      final: !RETRYABLE.has(status),
      limited: status === 429 && retryAfterMs !== undefined,
    };
  }

  #unreachable(error: unknown): GatewayUnreachable {
    const { url, patienceMs } = this.#options;
    if (!this.#reached)
      return new GatewayUnreachable(`No gateway at ${url.origin}. Start one with \`npm start\`.`, error);
    return new GatewayUnreachable(
      `The gateway at ${url.origin} went away (${reasonOf(error)}) and was not back within ${patienceMs / 1_000} s. ` +
        'What it acknowledged is stored: run the same import again to go on.',
      error,
    );
  }
}

/** Exponential with full jitter, so that clients that failed together do not come back together. */
const backoff = (attempt: number) =>
  FIRST_PAUSE_MS / 2 + Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);

/** `Retry-After` is a number of seconds or a date. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(ms, FIRST_PAUSE_MS);
}

/** What `fetch` hides in the cause of its "fetch failed". */
function reasonOf(error: unknown): string {
  const failure = objectOf(error);
  const cause = objectOf(failure?.['cause']) ?? failure;
  return textOf(cause?.['code']) ?? textOf(cause?.['message']) ?? String(error);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
