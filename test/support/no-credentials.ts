import { createHash } from 'node:crypto';
import type { ConfigService } from '@nestjs/config';
import { Registry } from 'prom-client';
import type { Config } from '#config/env.js';
import { CredentialSources } from '#gateway/upstreams/credentials/credential-sources.js';
import { Credentials, NO_CREDENTIAL } from '#gateway/upstreams/credentials/credentials.js';
import { CredentialsMetrics } from '#gateway/upstreams/credentials/credentials.metrics.js';
import { Secrets } from '#gateway/upstreams/credentials/secrets.js';

/** Of upstreams that are shown nothing. */
export const noCredentials = (): Credentials =>
  ({ of: () => NO_CREDENTIAL, refused: () => false, isPerCaller: () => false }) as unknown as Credentials;

/** Of upstreams that are shown secrets of the operator's: variables and files, and nothing that is asked for elsewhere. */
export function secretsOnly(config: ConfigService<Config, true>): Credentials {
  const grants = { fingerprint: (text: string) => createHash('sha256').update(text).digest('hex') };
  const secrets = new Secrets(config, new CredentialsMetrics(new Registry()));
  const unused = undefined as never;
  return new Credentials(new CredentialSources(grants as never, secrets, unused, unused, unused));
}
