/** Variables of an operator's own backends: `config/tools.yaml` may name these, and no other that is not declared. */
const OWN = /^BACKEND_[A-Z0-9_]{1,100}$/;

/** The variables of the platform's backends. A file that could name any variable could send AUDIT_HMAC_KEY away. */
const PLATFORM = /^(?:SEMANTIC_SEARCH|CODE_ORCHESTRATOR|AI_AGENTS|LLM_GATEWAY)_(?:URL|TOKEN|TOKEN_FILE)$/;

export const isBackendVariable = (name: string): boolean => OWN.test(name) || PLATFORM.test(name);

/** What of an environment is meant for an operator's own backends. An empty value counts as unset. */
export function gatherBackendVariables(environment: Readonly<Record<string, unknown>>): Record<string, string> {
  const own = Object.entries(environment).filter(
    (entry): entry is [string, string] => OWN.test(entry[0]) && typeof entry[1] === 'string' && entry[1] !== '',
  );
  return Object.fromEntries(own);
}

/** How the tools file's variables are looked up: the value, undefined when it is not set. */
export type Variables = (name: string) => string | undefined;

/** Those of a configuration, or of what may become one. */
export function variablesOf(config: object): Variables {
  const values: Readonly<Record<string, unknown>> = { ...config };
  return (name) => {
    const value = isBackendVariable(name) && Object.hasOwn(values, name) ? values[name] : undefined;
    return typeof value === 'string' ? value : undefined;
  };
}
