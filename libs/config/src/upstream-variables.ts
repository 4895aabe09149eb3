import type { Variables } from './backend-variables.js';
import type { UpstreamSpec } from './upstreams-file.js';

/** Variables that an entry may name: a file that could name any could send AUDIT_HMAC_KEY away. */
const OWN = /^(?:UPSTREAM_[A-Z0-9_]{1,100}|BRIGHTDATA_API_TOKEN(?:_FILE)?)$/;

export const isUpstreamVariable = (name: string): boolean => OWN.test(name);

/** What of an environment is meant for upstreams. An empty value counts as unset. */
export function gatherUpstreamVariables(environment: Readonly<Record<string, unknown>>): Record<string, string> {
  const own = Object.entries(environment).filter(
    (entry): entry is [string, string] => OWN.test(entry[0]) && typeof entry[1] === 'string' && entry[1] !== '',
  );
  return Object.fromEntries(own);
}

/** Those that are open to upstreams. @param look up a variable by its name */
export const upstreamVariables =
  (look: (name: string) => unknown): Variables =>
  (name) => {
    const value = isUpstreamVariable(name) ? look(name) : undefined;
    return typeof value === 'string' ? value : undefined;
  };

/** Those of a configuration, or of what may become one. */
export function upstreamVariablesOf(config: object): Variables {
  const values: Readonly<Record<string, unknown>> = { ...config };
  return (name) => {
    const value = isUpstreamVariable(name) && Object.hasOwn(values, name) ? values[name] : undefined;
    return typeof value === 'string' ? value : undefined;
  };
}

/** What is wrong with what an entry takes from the environment and from files, and with its addresses. */
export function upstreamVariableFaults(spec: UpstreamSpec, variable: Variables): string[] {
  const faults: string[] = [];
  if (spec.kind === 'stdio') {
    for (const [name, from] of Object.entries(spec.env_from ?? {})) {
      if (!isUpstreamVariable(from)) faults.push(`env_from.${name} ${NOT_OPEN}`);
      else if (variable(from) === undefined && variable(`${from}_FILE`) === undefined) {
        faults.push(`env_from.${name} names ${from}, which is not set`);
      }
    }
    return faults;
  }
  const { url, url_env } = spec;
  if (url_env !== undefined && !isUpstreamVariable(url_env)) faults.push(`url_env ${NOT_OPEN}`);
  const address = url ?? (url_env !== undefined ? variable(url_env) : undefined);
  if (url !== undefined && url_env !== undefined) faults.push('url and url_env exclude each other');
  else if (address === undefined && spec.kind !== 'openapi') faults.push('url or url_env is required, and set');
  else if (address !== undefined && !/^https?:$/.test(URL.canParse(address) ? new URL(address).protocol : '')) {
    faults.push('url must be an http or https address');
  }
  return faults;
}

const NOT_OPEN = 'must be a variable whose name begins with UPSTREAM_';

/** Where a remote upstream is. */
export function addressOf(spec: Exclude<UpstreamSpec, { kind: 'stdio' }>, variable: Variables): string | undefined {
  return spec.url ?? (spec.url_env === undefined ? undefined : variable(spec.url_env));
}
