/** What a program of somebody else needs of our environment to run at all. Everything else may be a secret. */
const NEEDED = ['PATH', 'HOME', 'LANG', 'TMPDIR'] as const;

/** The environment that a child process begins with. */
export function childEnvironment(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const entries = NEEDED.map((name) => [name, environment[name]] as const);
  return Object.fromEntries(
    entries.filter((entry): entry is [(typeof NEEDED)[number], string] => entry[1] !== undefined),
  );
}
