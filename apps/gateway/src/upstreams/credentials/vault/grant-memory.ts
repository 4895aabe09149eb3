import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Seal } from '#gateway/seal/seal.service.js';
import { Clock } from '#observability/clock.js';
import type { Credential } from '../credential.js';
import { bearer } from '../credential-source.js';
import type { Grant, GrantKey } from './grants.js';

/** How long what was read is used without looking: a disconnection at another replica holds here after so long. */
const REMEMBERED_MS = 5_000;
const MOST_REMEMBERED = 10_000;
/** A token that is refused so soon after another one was refused is not the reason. */
const REFUSED_AGAIN_MS = 30_000;
/** After a refresh that failed, so that calls do not line up at a server that is away. */
const PAUSE_MS = 1_000;

interface Remembered {
  readonly grant: Grant;
  readonly credential: Credential;
  readonly until: number;
}

interface Failure {
  readonly error: unknown;
  readonly until: number;
}

/** What this process knows of grants, by whose they are and where. */
@Injectable()
export class GrantMemory {
  private readonly known = new LRUCache<string, Remembered>({ max: MOST_REMEMBERED });
  /** Access tokens that an upstream has refused, and when. */
  private readonly refusals = new LRUCache<string, { readonly token: string; readonly at: number }>({
    max: MOST_REMEMBERED,
  });
  private readonly failures = new LRUCache<string, Failure>({ max: MOST_REMEMBERED });

  constructor(
    private readonly seal: Seal,
    private readonly clock: Clock,
  ) {}

  /** As long as it need not be looked up, nor renewed. */
  recall(key: GrantKey): Omit<Remembered, 'until'> | undefined {
    const known = this.known.get(placeOf(key));
    const now = this.clock.now();
    return known && now < known.until && now < renewalOf(known.grant) ? known : undefined;
  }

  remember(key: GrantKey, grant: Grant): Credential {
    const name = this.seal.fingerprint(`user ${placeOf(key)} ${grant.id}`);
    const credential = bearer(name, grant.accessToken);
    this.known.set(placeOf(key), { grant, credential, until: this.clock.now() + REMEMBERED_MS });
    return credential;
  }

  /** @returns whether it pays to look for another token */
  refused(key: GrantKey, token: string): boolean {
    const place = placeOf(key);
    const known = this.known.get(place);
    if (known && known.grant.accessToken !== token) return true;
    const now = this.clock.now();
    const before = this.refusals.get(place);
    if (before && before.token !== token && now - before.at < REFUSED_AGAIN_MS) return false;
    this.refusals.set(place, { token, at: now });
    this.known.delete(place);
    return true;
  }

  /** Neither refused nor expired. */
  isUsable(key: GrantKey, grant: Grant): boolean {
    return !this.isRefused(key, grant) && this.clock.now() < (grant.expiresAt ?? Infinity);
  }

  /** Usable, and not to be renewed yet. */
  isFresh(key: GrantKey, grant: Grant): boolean {
    return !this.isRefused(key, grant) && this.clock.now() < renewalOf(grant);
  }

  failed(key: GrantKey, error: unknown): void {
    this.failures.set(placeOf(key), { error, until: this.clock.now() + PAUSE_MS });
  }

  /** What a refresh failed with a moment ago. */
  failureOf(key: GrantKey): Failure | undefined {
    const failure = this.failures.get(placeOf(key));
    return failure && this.clock.now() < failure.until ? failure : undefined;
  }

  /** It has been connected anew, or disconnected. */
  forget(key: GrantKey): void {
    for (const memory of [this.known, this.refusals, this.failures]) memory.delete(placeOf(key));
  }

  private isRefused(key: GrantKey, { accessToken }: Grant): boolean {
    return this.refusals.get(placeOf(key))?.token === accessToken;
  }
}

const renewalOf = ({ renewAt = Infinity }: Grant): number => renewAt;

export const placeOf = ({ tenant, issuer, subject, upstream }: GrantKey): string =>
  JSON.stringify([tenant, issuer, subject, upstream]);
