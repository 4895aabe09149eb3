import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { Ajv, type ErrorObject } from 'ajv';
import { type Config, Env, VARIABLES } from './env.js';

/** A start that cannot be: lists every fault at once, by variable, and never a secret's value. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

const check = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true, strict: false }).compile<Config>(Env);
/** The embedded PostgreSQL takes 40 connections: the pool's, 3 for processing, and room for an operator's own. */
const EMBEDDED_POOL_LIMIT = 30;
const SECRETS = new Set<string>(VARIABLES.filter((variable) => variable.secret).map((variable) => variable.name));

/** Reads `.env` beside the working directory, if there is one, under the process's own environment, which wins. */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env, envFile = '.env'): Config {
  const file = existsSync(envFile) ? parseEnv(readFileSync(envFile, 'utf8')) : {};
  return parseConfig({ ...file, ...environment });
}

/** Checks and completes an environment. An empty value counts as unset, as it does in a shell script. */
export function parseConfig(environment: Readonly<Record<string, unknown>>): Config {
  const given: Record<string, unknown> = {};
  for (const { name } of VARIABLES) {
    const value = environment[name];
    if (value !== undefined && value !== '') given[name] = value;
  }
  const faults = check(given) ? [] : (check.errors ?? []).map((error) => explain(error, given));
  faults.push(...acrossVariables(given));
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(given as unknown as Config);
}

function explain(error: ErrorObject, given: Readonly<Record<string, unknown>>): string {
  const name = error.instancePath.slice(1) || String(error.params['missingProperty'] ?? '');
  const wanted = error.keyword === 'enum' ? `must be one of ${String(error.params['allowedValues'])}` : error.message;
  return SECRETS.has(name) ? `${name} ${wanted}` : `${name} ${wanted}, not ${JSON.stringify(given[name])}`;
}

/** What one declaration cannot say: variables that need each other. */
function acrossVariables(given: Readonly<Record<string, unknown>>): string[] {
  const faults: string[] = [];
  for (const name of SECRETS) {
    const value = given[name];
    if (typeof value === 'string' && value.includes('CHANGE_ME')) {
      faults.push(`${name} still holds the example's CHANGE_ME`);
    }
  }
  if (given['ACHILLES_CORE'] === 'remote') {
    for (const name of ['ACHILLES_BASE_URL', 'ACHILLES_API_KEY']) {
      if (given[name] === undefined) faults.push(`${name} is required when ACHILLES_CORE=remote`);
    }
  }
  if (given['DATABASE_URL'] === undefined && Number(given['DATABASE_POOL_SIZE']) > EMBEDDED_POOL_LIMIT) {
    faults.push(`DATABASE_POOL_SIZE must be at most ${EMBEDDED_POOL_LIMIT} with the embedded PostgreSQL`);
  }
  if (Number(given['MAX_EVENT_BYTES']) > Number(given['MAX_BATCH_BYTES'])) {
    faults.push('MAX_EVENT_BYTES must not be larger than MAX_BATCH_BYTES');
  }
  return faults;
}
