import { childEnvironment } from '#config/child-environment.js';
import type { StdioUpstream } from '#config/upstreams-file.js';
import { isSecretKey } from '#observability/redact.js';
import { SecretValues } from './secret-values.js';

/** What a process is started with, and what of it nobody may see. */
export interface ProcessEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: SecretValues;
}

/**
 * A few variables of ours that every program needs, and what the operator has written for this one. Nothing else.
 * @param shown the credential's, which wins: what `env_from` names
 */
export function processEnvironment(
  { env = {} }: StdioUpstream,
  shown: Readonly<Record<string, string>>,
): ProcessEnvironment {
  const named = Object.entries(env).flatMap(([name, value]) => (isSecretKey(name) ? [value] : []));
  return {
    variables: { ...childEnvironment(), ...env, ...shown },
    secrets: new SecretValues([...Object.values(shown), ...named]),
  };
}
