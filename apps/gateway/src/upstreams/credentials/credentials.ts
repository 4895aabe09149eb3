import { Injectable } from '@nestjs/common';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { Caller } from '#core/caller.js';
import type { Credential } from './credential.js';
import type { CredentialSource } from './credential-source.js';
import { CredentialSources } from './credential-sources.js';

export { type Credential, NO_CREDENTIAL } from './credential.js';

/** What each upstream is shown, and for whom. */
@Injectable()
export class Credentials {
  private readonly sources = new WeakMap<UpstreamSpec, CredentialSource>();

  constructor(private readonly maker: CredentialSources) {}

  /**
   * At once where it is known.
   * @param caller undefined: the gateway itself
   * @throws ConnectNeeded, TokenNeeded, CredentialMissing, CredentialRefused, BackendUnavailable where the authorisation
   * server is away; it may throw, or reject
   */
  of(spec: UpstreamSpec, caller: Caller | undefined, signal: AbortSignal): Credential | Promise<Credential> {
    return this.sourceOf(spec).of(caller, signal);
  }

  /** The upstream has refused it (401): another one is tried once. @returns false where there is no other */
  refused(spec: UpstreamSpec, caller: Caller | undefined, credential: Credential): boolean {
    return this.sourceOf(spec).refused(caller, credential);
  }

  /** True where each caller has one of its own. */
  isPerCaller({ kind, ...spec }: UpstreamSpec): boolean {
    const auth = kind === 'stdio' || !('auth' in spec) ? undefined : spec.auth;
    return auth?.kind === 'user' || auth?.kind === 'token_exchange';
  }

  /** A changed spec is another object. */
  private sourceOf(spec: UpstreamSpec): CredentialSource {
    let source = this.sources.get(spec);
    if (!source) this.sources.set(spec, (source = this.maker.make(spec)));
    return source;
  }
}
