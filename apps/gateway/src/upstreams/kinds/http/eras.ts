import { LRUCache } from 'lru-cache';
import type { HttpUpstream } from '#config/upstreams-file.js';
import { BackendUnavailable } from '#gateway/tools/tools.errors.js';
import type { UpstreamDescription } from '../../upstream-connection.js';
import { type ModernCalls, NotModern } from './modern.js';
import { untilAborted } from './until-aborted.js';
import type { Endpoint } from './wire.js';

const PROBE_MS = 10_000;
/** An upstream that is renewed is noticed after this; whoever calls meanwhile does not wait for it. */
const LEGACY_TTL_MS = 300_000;
/** How old a description may be that is given out again. */
const DESCRIPTION_TTL_MS = 30_000;
/** Credentials of which a verdict is remembered. */
const MOST = 10_000;

export type Era = 'modern' | 'legacy';

interface Verdict {
  readonly era: Era;
  /** Of `performance.now()`. */
  readonly at: number;
  readonly description?: UpstreamDescription;
}

/**
 * What an upstream speaks, as each credential sees it: asked once, in the way of 2026-07-28. Only an answer that does
 * not know that revision means an older one; an upstream that is away or lets nobody in means nothing.
 */
export class Eras {
  private readonly verdicts = new LRUCache<string, Verdict>({ max: MOST });
  private readonly flights = new Map<string, Promise<Verdict>>();

  constructor(
    private readonly spec: HttpUpstream,
    private readonly modern: ModernCalls,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** At once where it is known; nothing is asked before. */
  of(endpoint: Endpoint, signal: AbortSignal): Era | Promise<Era> {
    if (this.spec.era !== 'auto') return this.spec.era;
    const { key } = endpoint.credential;
    const known = this.verdicts.get(key);
    if (!known) return untilAborted(this.ask(endpoint), signal).then(({ era }) => era);
    if (known.era === 'legacy' && this.now() - known.at > LEGACY_TTL_MS) {
      this.verdicts.set(key, { ...known, at: this.now() });
      this.ask(endpoint).catch(() => undefined);
    }
    return known.era;
  }

  /** What an upstream of 2026-07-28 says of itself. @throws NotModern */
  async describe(endpoint: Endpoint, signal: AbortSignal): Promise<UpstreamDescription> {
    const { description, at } = this.verdicts.get(endpoint.credential.key) ?? { at: 0 };
    if (description && this.now() - at < DESCRIPTION_TTL_MS) return description;
    if (this.spec.era === 'modern') return await this.modern.discover(endpoint, signal);
    const found = await untilAborted(this.ask(endpoint), signal);
    if (!found.description) throw new NotModern(new BackendUnavailable(this.spec.name));
    return found.description;
  }

  /** It has turned out otherwise: the next one asks anew. */
  forget({ credential }: Endpoint): void {
    this.verdicts.delete(credential.key);
  }

  /** What was found out, for people. */
  known(): Era | undefined {
    if (this.spec.era !== 'auto') return this.spec.era;
    for (const { era } of this.verdicts.values()) return era;
    return undefined;
  }

  /** One question for all who want to know at once. */
  private ask(endpoint: Endpoint): Promise<Verdict> {
    const { key } = endpoint.credential;
    let flight = this.flights.get(key);
    if (!flight) {
      flight = this.probe(endpoint).finally(() => this.flights.delete(key));
      this.flights.set(key, flight);
    }
    return flight;
  }

  private async probe(endpoint: Endpoint): Promise<Verdict> {
    const verdict = await this.judge(endpoint);
    this.verdicts.set(endpoint.credential.key, verdict);
    return verdict;
  }

  private async judge(endpoint: Endpoint): Promise<Verdict> {
    const signal = AbortSignal.timeout(PROBE_MS);
    try {
      const description = await this.modern.discover(endpoint, signal);
      return { era: 'modern', at: this.now(), description };
    } catch (error) {
      if (error instanceof NotModern) return { era: 'legacy', at: this.now() };
      throw signal.aborted ? new BackendUnavailable(this.spec.name, error) : error;
    }
  }
}
