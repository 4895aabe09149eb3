import type { Config } from './env.js';
import { isLoopback } from './jwks-url.js';
import type { UpstreamSpec } from './upstreams-file.js';

type Vault = Pick<Config, 'VAULT_KEY' | 'DATABASE_URL' | 'ACHILLES_CORE' | 'PUBLIC_URL' | 'HOST'>;

/** What the environment lacks for upstreams that want to know their users (auth kind `user`). */
export function vaultFaults(config: Vault, specs: readonly UpstreamSpec[]): string[] {
  const users = specs.find((spec) => spec.kind !== 'stdio' && spec.auth?.kind === 'user');
  if (!users) return [];
  const because = `for upstreams.${users.name}.auth, whose kind is user`;
  const faults: string[] = [];
  // Replicas of one database must be able to read each other's rows.
  if (config.ACHILLES_CORE === 'embedded' && config.DATABASE_URL !== undefined && config.VAULT_KEY === undefined) {
    faults.push(`VAULT_KEY is required ${because}`);
  }
  // An authorisation server sends users back to one address, which it knows.
  if (config.PUBLIC_URL === undefined && !isLoopback(config.HOST)) faults.push(`PUBLIC_URL is required ${because}`);
  return faults;
}
