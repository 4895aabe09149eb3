/**
 * What a program of somebody else needs of our environment to run at all, and where the certificates are that it must
 * trust to reach anything. Everything else may be a secret.
 */
const NEEDED = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'] as const;

/** The environment that a child process begins with. */
export function childEnvironment(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const entries = NEEDED.map((name) => [name, environment[name]] as const);
  return Object.fromEntries(
    entries.filter((entry): entry is [(typeof NEEDED)[number], string] => entry[1] !== undefined),
  );
}
