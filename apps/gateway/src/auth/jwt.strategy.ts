import type { KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { type SecretOrKeyProvider, Strategy } from 'passport-jwt';
import { AppError } from '#errors/app-error.js';
import { Clock } from '#observability/clock.js';
import { readClaims, type Verified } from './claims.js';
import { Issuers, type TrustedIssuer } from './issuers.js';
import { ALGORITHMS, type RawToken, readToken } from './raw-token.js';
import { TokenRefused } from './refusal-reasons.js';

/** Injection token of AUTH_CLOCK_TOLERANCE_SECONDS. */
export const CLOCK_TOLERANCE = Symbol('CLOCK_TOLERANCE');

/** What passport takes for the request. */
interface Attempt {
  readonly token: RawToken;
  readonly issuer: TrustedIssuer;
}

/** What passport calls on a strategy's copy when it is done. */
interface Outcome {
  success(verified: Verified): void;
  fail(reason: unknown): void;
  error(error: unknown): void;
}

/**
 * Verifies a token: what is written around the signature is read by our own strict eyes, the signature by
 * passport-jwt. Times are ours too, so that both edges of the tolerance are exact.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(
    private readonly issuers: Issuers,
    private readonly clock: Clock,
    @Inject(CLOCK_TOLERANCE) private readonly tolerance: number,
  ) {
    super({
      jwtFromRequest: (attempt: unknown) => (attempt as Attempt).token.text,
      secretOrKeyProvider: provideKey as unknown as SecretOrKeyProvider,
      algorithms: [...ALGORITHMS],
      ignoreExpiration: true,
      jsonWebTokenOptions: { ignoreNotBefore: true },
      passReqToCallback: true,
    });
  }

  /** Whom a token speaks for. Rejects with a TokenRefused, or with the AppError of an issuer that is away. */
  async verify(text: string): Promise<Verified> {
    const token = readToken(text);
    const issuer = this.issuers.named(token.claims['iss']);
    if (!issuer) throw new TokenRefused('issuer_unknown');
    const attempt: Attempt = { token, issuer };
    return new Promise<Verified>((resolve, reject) => {
      // As passport itself does: a copy of the strategy for each attempt, with where to say what came of it.
      const run = Object.create(this) as Outcome & { authenticate(attempt: Attempt): void };
      run.success = resolve;
      run.fail = (reason) => reject(isOurs(reason) ? reason : new TokenRefused('signature_wrong'));
      run.error = reject;
      run.authenticate(attempt);
    });
  }

  /** Called by passport-jwt once the signature is right. */
  validate({ issuer }: Attempt, claims: Readonly<Record<string, unknown>>): Verified {
    return readClaims(claims, issuer, Math.floor(this.clock.now() / 1_000), this.tolerance);
  }

  /** Nobody asks passport for it by name, and the gateways of one process must not share it. */
  getPassportInstance(): { use(): void } {
    return { use: () => undefined };
  }
}

type Done = (error: unknown, key?: KeyObject) => void;

const isOurs = (reason: unknown) => reason instanceof TokenRefused || reason instanceof AppError;

/** Gives a KeyObject, as text would be parsed for every token; at once when the key is at hand. */
function provideKey({ token, issuer }: Attempt, _text: string, done: Done): void {
  const settle = (key: KeyObject | undefined) => (key ? done(null, key) : done(new TokenRefused('key_unknown')));
  const found = issuer.keys.find(token.algorithm, token.keyId);
  if (found instanceof Promise) found.then(settle, done);
  else settle(found);
}
