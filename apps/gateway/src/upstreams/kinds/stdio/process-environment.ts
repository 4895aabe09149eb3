import { readFileSync } from 'node:fs';
import type { Variables } from '#config/backend-variables.js';
import { childEnvironment } from '#config/child-environment.js';
import type { StdioUpstream } from '#config/upstreams-file.js';
import { isSecretKey } from '#observability/redact.js';
import { SecretValues } from './secret-values.js';

/** What a process is started with, and what of it nobody may see. */
export interface ProcessEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: SecretValues;
}

/** Files that hold values for it: read at each start. */
export function secretFiles({ env_from }: StdioUpstream, variable: Variables): readonly string[] {
  const files = Object.values(env_from ?? {}).map((from) => fileFor(from, variable));
  return [...new Set(files.filter((file) => file !== undefined))];
}

/**
 * A few variables of ours that every program needs, and what the operator has written for this one. Nothing else.
 * @param shown the credential's, which wins
 * @throws naming the variable or file that has no value
 */
export function processEnvironment(
  { env = {}, env_from = {} }: StdioUpstream,
  variable: Variables,
  shown: Readonly<Record<string, string>>,
): ProcessEnvironment {
  const taken = Object.fromEntries(Object.entries(env_from).map(([name, from]) => [name, valueOf(from, variable)]));
  const named = Object.entries(env).flatMap(([name, value]) => (isSecretKey(name) ? [value] : []));
  return {
    variables: { ...childEnvironment(), ...env, ...taken, ...shown },
    secrets: new SecretValues([...Object.values(taken), ...Object.values(shown), ...named]),
  };
}

/** The variable itself counts where both are set. */
const fileFor = (from: string, variable: Variables): string | undefined =>
  variable(from) === undefined ? variable(`${from}_FILE`) : undefined;

function valueOf(from: string, variable: Variables): string {
  const file = fileFor(from, variable);
  const value = file === undefined ? variable(from) : readFileSync(file, 'utf8').trim();
  if (value === undefined) throw new Error(`${from} is not set`);
  if (value === '') throw new Error(`${file} is empty`);
  return value;
}
