import type { KeyObject } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { JwksClient, SigningKey } from 'jwks-rsa';
import { LRUCache } from 'lru-cache';
import type { Clock } from '#observability/clock.js';
import { IdentityProviderUnavailable } from './auth.errors.js';
import type { AuthMetrics } from './auth.metrics.js';
import type { JwksFetcher } from './fetch-jwks.js';
import type { Algorithm } from './raw-token.js';
import { mayVerify, placeOf, usableKeys } from './usable-keys.js';

/** After this long keys are fetched anew, beside the calls that use the old ones. */
const REFRESH_AFTER_MS = 300_000;
/** How long keys that cannot be fetched anew are believed. */
const BELIEVED_MS = 86_400_000;
/** Between two attempts after one that failed: with no keys at hand, and with some. */
const RETRY_COLD_MS = 1_000;
const RETRY_WARM_MS = 10_000;

/** Fetches that unknown key ids may cause in a row, and how soon another one is allowed. One that finds its key is free. */
const PERMITS = 2;
const PERMIT_EVERY_MS = 10_000;
/** Unknown ids that are remembered, so that one of them does not use up the permits of others. */
const MOST_UNKNOWN = 1_000;

/** The keys of one issuer: fetched once for however many wait, believed for a while when they cannot be fetched. */
export class IssuerKeys {
  private readonly logger = new Logger('Auth');
  private client: JwksClient | undefined;
  private keys: ReadonlyMap<string, KeyObject> = new Map();
  private keyIds: ReadonlySet<string> = new Set();
  private fetchedAt = -Infinity;
  private triedAt = -Infinity;
  private isFailing = false;
  private fetching: Promise<void> | undefined;
  private permits = PERMITS;
  private permittedAt = 0;
  /** When each was last looked for in vain. */
  private readonly unknown = new LRUCache<string, number>({ max: MOST_UNKNOWN });

  constructor(
    private readonly jwksUrl: string,
    private readonly fetcher: JwksFetcher,
    private readonly clock: Clock,
    private readonly metrics: AuthMetrics,
  ) {}

  /** True while keys are in use that could not be fetched anew. */
  get isStale(): boolean {
    return this.isFailing && this.ageMs < BELIEVED_MS;
  }

  /** Infinite before the first fetch. */
  get ageMs(): number {
    return this.clock.now() - this.fetchedAt;
  }

  /**
   * The key for a token; undefined when the issuer has none of this name. At once when it is at hand.
   * @throws IdentityProviderUnavailable when there is nothing to judge by.
   */
  find(algorithm: Algorithm, keyId: string): KeyObject | undefined | Promise<KeyObject | undefined> {
    const place = placeOf(algorithm, keyId);
    const age = this.ageMs;
    if (age >= BELIEVED_MS) return this.firstOf(place);
    if (age >= REFRESH_AFTER_MS && this.clock.now() - this.triedAt >= RETRY_WARM_MS) void this.refresh();
    const key = this.keys.get(place);
    if (key || this.keyIds.has(keyId)) return key;
    return this.searchAgain(place, keyId);
  }

  private async firstOf(place: string): Promise<KeyObject | undefined> {
    const isTooSoon = this.isFailing && this.clock.now() - this.triedAt < RETRY_COLD_MS;
    if (this.fetching || !isTooSoon) await this.refresh();
    if (this.ageMs >= BELIEVED_MS) throw new IdentityProviderUnavailable();
    return this.keys.get(place);
  }

  /** A key that is not there may be a new one. */
  private async searchAgain(place: string, keyId: string): Promise<KeyObject | undefined> {
    if (this.fetching) {
      // It may have begun before the key was published.
      await this.fetching;
      const key = this.keys.get(place);
      if (key) return key;
    }
    const lookedFor = this.unknown.get(keyId);
    if (lookedFor !== undefined && this.clock.now() - lookedFor < PERMIT_EVERY_MS) return this.missing();
    const pays = !this.fetching;
    if (pays && !this.takePermit()) return this.missing();
    await this.refresh();
    const key = this.keys.get(place);
    if (key && pays) this.permits = Math.min(PERMITS, this.permits + 1);
    if (!key && !this.isFailing) this.unknown.set(keyId, this.clock.now());
    return key ?? this.missing();
  }

  /** While keys cannot be fetched, a key that is not there may exist all the same. */
  private missing(): undefined {
    if (this.isFailing) throw new IdentityProviderUnavailable();
    return undefined;
  }

  private takePermit(): boolean {
    const now = this.clock.now();
    const earned = Math.floor((now - this.permittedAt) / PERMIT_EVERY_MS);
    if (earned > 0) {
      this.permits = Math.min(PERMITS, this.permits + earned);
      this.permittedAt = now;
    }
    if (this.permits === 0) return false;
    this.permits--;
    return true;
  }

  /** One fetch for all who ask while it runs. Never rejects. */
  private refresh(): Promise<void> {
    this.triedAt = this.clock.now();
    this.fetching ??= this.published()
      .then(usableKeys)
      .then(
        (keys) => this.fetched(keys),
        (error: Error) => this.failed(error),
      )
      .finally(() => (this.fetching = undefined));
    return this.fetching;
  }

  private async published(): Promise<SigningKey[]> {
    // Loaded where tokens are asked for only: it costs a start 50 ms.
    const { default: jwks } = await import('jwks-rsa');
    this.client ??= jwks({
      jwksUri: this.jwksUrl,
      cache: false,
      fetcher: async (url) => ({ keys: (await this.fetcher.read(url)).keys.filter(mayVerify) }),
    });
    return this.client.getSigningKeys();
  }

  private fetched(keys: ReadonlyMap<string, KeyObject>): void {
    this.metrics.fetched.inc();
    if (this.isFailing) this.logger.log('the keys of an issuer can be fetched again');
    this.isFailing = false;
    this.keys = keys;
    this.keyIds = new Set([...keys.keys()].map((place) => place.slice(place.indexOf(' ') + 1)));
    this.fetchedAt = this.clock.now();
  }

  private failed(error: Error): void {
    this.metrics.fetchFailed.inc();
    if (!this.isFailing) this.logger.warn(`the keys of an issuer cannot be fetched: ${error.message}`);
    this.isFailing = true;
  }
}
