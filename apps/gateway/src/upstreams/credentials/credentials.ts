import { Injectable } from '@nestjs/common';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { Caller } from '#core/caller.js';

/** What an upstream is shown. Never logged, never in an error. */
export interface Credential {
  /** Stands for it where conversations are kept apart: those with different keys never share one. Says nothing of the secret. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Added to the upstream's address. */
  readonly query: Readonly<Record<string, string>>;
  /** Of a process. */
  readonly env: Readonly<Record<string, string>>;
}

export const NO_CREDENTIAL: Credential = Object.freeze({ key: '', headers: {}, query: {}, env: {} });

/** What each upstream is shown, and for whom. */
@Injectable()
export class Credentials {
  /**
   * At once where it is known.
   * @param caller undefined: the gateway itself
   * @throws ConnectNeeded, BackendUnavailable where the authorisation server is away
   */
  of(_spec: UpstreamSpec, _caller: Caller | undefined, _signal: AbortSignal): Credential | Promise<Credential> {
    return NO_CREDENTIAL;
  }

  /** The upstream has refused it (401): another one is tried once. @returns false where there is no other */
  refused(_spec: UpstreamSpec, _caller: Caller | undefined, _credential: Credential): boolean {
    return false;
  }

  /** True where each caller has one of its own. */
  isPerCaller({ kind, ...spec }: UpstreamSpec): boolean {
    const auth = kind === 'stdio' || !('auth' in spec) ? undefined : spec.auth;
    return auth?.kind === 'user' || auth?.kind === 'token_exchange';
  }
}
