import { Injectable } from '@nestjs/common';
import type { UpstreamAuth, UpstreamSpec } from '#config/upstreams-file.js';
import { CallerTokens } from '#gateway/auth/caller-tokens.js';
import type { CredentialSource } from './credential-source.js';
import { NO_CREDENTIAL } from './credential.js';
import { CredentialMissing } from './credentials.errors.js';
import { OwnGrants } from './oauth/own-grants.js';
import { ClientCredentials, TokenExchange } from './oauth-client.credential.js';
import { type Secret, Secrets } from './secrets.js';
import { StaticCredential } from './static.credential.js';
import { UpstreamAddresses } from './upstream-addresses.js';
import { UserCredentials } from './vault/user.credential.js';

const NOBODY: CredentialSource = { of: () => NO_CREDENTIAL, refused: () => false };

/** Makes of an entry's `auth`, or of a process's `env_from`, what finds its credential. */
@Injectable()
export class CredentialSources {
  constructor(
    private readonly grants: OwnGrants,
    private readonly secrets: Secrets,
    private readonly addresses: UpstreamAddresses,
    private readonly callers: CallerTokens,
    private readonly users: UserCredentials,
  ) {}

  make(spec: UpstreamSpec): CredentialSource {
    if (spec.kind === 'stdio') return this.ofProcess(spec.env_from ?? {}, spec);
    const { auth } = spec;
    if (auth === undefined) return NOBODY;
    switch (auth.kind) {
      case 'none':
        return NOBODY;
      case 'bearer':
      case 'header':
      case 'query':
        return StaticCredential.of(spec, auth, this.secretOf(auth, 'value'), (text) => this.grants.fingerprint(text));
      case 'client_credentials':
        return new ClientCredentials(...this.oauth(spec, auth));
      case 'token_exchange':
        return new TokenExchange(this.callers, ...this.oauth(spec, auth));
      case 'user':
        return {
          of: (caller, signal) => this.users.of(spec, caller, signal),
          refused: (caller, credential) => this.users.refused(spec, caller, credential),
        };
      default:
        return auth.kind satisfies never;
    }
  }

  private ofProcess(variables: Readonly<Record<string, string>>, spec: UpstreamSpec): CredentialSource {
    const secrets = Object.entries(variables).map(([name, from]) => [name, this.secrets.ofVariable(from)] as const);
    if (secrets.length === 0) return NOBODY;
    return new StaticCredential(spec, 'env', new Map(secrets), (text) => this.grants.fingerprint(text));
  }

  private oauth(spec: UpstreamSpec, auth: UpstreamAuth): ConstructorParameters<typeof ClientCredentials> {
    const address = this.addresses.of(spec);
    if (address === undefined) throw new CredentialMissing(spec.name);
    return [spec, auth, address, this.secretOf(auth, 'client_secret'), this.grants];
  }

  private secretOf(auth: UpstreamAuth, member: 'value' | 'client_secret'): Secret {
    return this.secrets.of(auth, member) ?? { value: undefined, readAgain: () => undefined };
  }
}
