/** What kept the embedded PostgreSQL from running; for code that must tell the cases apart. */
export type EmbeddedPostgresFault =
  'unsupported_platform' | 'data_dir_in_use' | 'data_dir_unusable' | 'foreign_data' | 'server_failed' | 'stopped';

/** A sentence for the operator that names what to change. The stack behind it says nothing more. */
export class EmbeddedPostgresError extends Error {
  constructor(
    readonly code: EmbeddedPostgresFault,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'EmbeddedPostgresError';
  }
}

/** The way out that every one of these failures has. */
export const OR_BRING_YOUR_OWN = 'or set DATABASE_URL to a PostgreSQL of your own';
