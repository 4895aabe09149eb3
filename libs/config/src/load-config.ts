import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { Ajv, type ErrorObject } from 'ajv';
import { gatherBackendVariables } from './backend-variables.js';
import { acrossVariables, type Settings, weakSecrets } from './cross-checks.js';
import { type Config, Env, VARIABLES } from './env.js';
import { faultsOfOperatorFiles } from './operator-files.js';
import { gatherUpstreamVariables } from './upstream-variables.js';
import { OWN_SCHEMAS_UNOPTIMIZED } from '#schema/own-schemas.js';

/** A start that cannot be: lists every fault at once, by variable, and never a secret's value. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

const check = new Ajv({
  ...OWN_SCHEMAS_UNOPTIMIZED,
  allErrors: true,
  coerceTypes: true,
  useDefaults: true,
}).compile<Config>(Env);
const SECRETS = new Set<string>(VARIABLES.filter((variable) => variable.secret).map((variable) => variable.name));

/** Reads `.env` beside the working directory, if there is one, under the process's own environment, which wins. */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env, envFile = '.env'): Config {
  const file = existsSync(envFile) ? parseEnv(readFileSync(envFile, 'utf8')) : {};
  const { given, faults } = examine({ ...file, ...environment });
  return settled(given, [...faults, ...faultsOfOperatorFiles(given as unknown as Config)]);
}

/** Checks and completes an environment. An empty value counts as unset, as it does in a shell script. */
export function parseConfig(environment: Readonly<Record<string, unknown>>): Config {
  const { given, faults } = examine(environment);
  return settled(given, faults);
}

function settled(given: Settings, faults: readonly string[]): Config {
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(given as unknown as Config);
}

/** The environment under our own names with defaults filled in, and everything that is wrong with it. */
function examine(environment: Readonly<Record<string, unknown>>): { given: Settings; faults: string[] } {
  const { given, faults } = gather(environment);
  if (!check(given)) faults.push(...(check.errors ?? []).map((error) => explain(error, given)));
  faults.push(...weakSecrets(given), ...acrossVariables(given));
  return { given, faults };
}

/** What is set, under our own names. An own name outranks its aliases; aliases must agree with each other. */
function gather(environment: Readonly<Record<string, unknown>>): { given: Settings; faults: string[] } {
  const given: Settings = { ...gatherBackendVariables(environment), ...gatherUpstreamVariables(environment) };
  const faults: string[] = [];
  for (const { name, aliases } of VARIABLES) {
    const set = Object.entries<Readonly<Record<string, string>>>({ [name]: {}, ...aliases }).flatMap(
      ([key, meanings]) => {
        const value = environment[key];
        if (value === undefined || value === '') return [];
        return [{ key, value: (typeof value === 'string' && meanings[value.toLowerCase()]) || value }];
      },
    );
    const [first, ...rest] = set;
    if (!first) continue;
    given[name] = first.value;
    const other = rest.find(({ value }) => value !== first.value);
    if (other && first.key !== name) faults.push(`${first.key} and ${other.key} both stand for ${name}, and differ`);
  }
  return { given, faults };
}

function explain(error: ErrorObject, given: Settings): string {
  const name = error.instancePath.slice(1) || String(error.params['missingProperty'] ?? '');
  const wanted = error.keyword === 'enum' ? `must be one of ${String(error.params['allowedValues'])}` : error.message;
  const value = given[name];
  // An address may carry a password.
  const hidden = SECRETS.has(name) || (typeof value === 'string' && value.includes('@'));
  return hidden ? `${name} ${wanted}` : `${name} ${wanted}, not ${JSON.stringify(value)}`;
}
