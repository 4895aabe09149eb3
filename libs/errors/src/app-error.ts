/** One fault in one field of a request. `field` is a path as the client wrote it: `events[3].payload`, `workspace_id`. */
export interface FieldFault {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

/** What a failure may tell a stranger, beside its code and its sentence. */
export interface ErrorDetails {
  readonly faults?: readonly FieldFault[];
  /** Seconds, sent as `Retry-After`. */
  readonly retryAfter?: number;
  /** Sent as `WWW-Authenticate`. */
  readonly challenge?: string;
  /** Further members of the problem document. */
  readonly members?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * A failure that is meant to reach the caller: a stable code, an HTTP status and a sentence that gives nothing away.
 * Make one with `defineError`, next to the feature that throws it.
 */
export class AppError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly details: ErrorDetails = {},
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = code;
  }
}
