/** What an upstream is shown. Never logged, never in an error. */
export interface Credential {
  /** Stands for it where conversations are kept apart: those with different keys never share one. Says nothing of the secret. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Added to the upstream's address. */
  readonly query: Readonly<Record<string, string>>;
  /** Of a process. */
  readonly env: Readonly<Record<string, string>>;
}

export const NO_CREDENTIAL: Credential = Object.freeze({ key: '', headers: {}, query: {}, env: {} });
