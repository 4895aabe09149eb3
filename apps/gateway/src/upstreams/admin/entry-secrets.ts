import type { UpstreamSpec } from '#config/upstreams-file.js';

type Named = readonly (readonly [field: string, variable: string])[];

/** The variables that an upstream takes its secrets, or its address, from. */
export function namedVariables(spec: UpstreamSpec): Named {
  if (spec.kind === 'stdio') {
    return Object.entries(spec.env_from ?? {}).map(([name, variable]) => [`env_from.${name}`, variable]);
  }
  const { url_env, auth } = spec;
  return present([
    ['url_env', url_env],
    ['auth.value_env', auth?.value_env],
    ['auth.client_secret_env', auth?.client_secret_env],
  ]);
}

const present = (pairs: readonly (readonly [string, string | undefined])[]): Named =>
  pairs.filter((pair): pair is [string, string] => pair[1] !== undefined);
