import { AppError, type ErrorDetails } from './app-error.js';

/** A row of a feature's error table. */
export interface ErrorDefinition<Args extends unknown[]> {
  new (...args: Args): AppError;
  readonly code: string;
  readonly status: number;
}

type Told = string | ({ readonly message: string; readonly cause?: unknown } & ErrorDetails);

/**
 * Declares an error: `code` never changes once published, `status` is the HTTP status, `tell` makes the sentence (and
 * details) from what the thrower knows.
 */
export function defineError<Args extends unknown[]>(
  code: string,
  status: number,
  tell: (...args: Args) => Told,
): ErrorDefinition<Args> {
  return class extends AppError {
    static readonly code = code;
    static readonly status = status;

    constructor(...args: Args) {
      const told = tell(...args);
      if (typeof told === 'string') {
        super(code, status, told);
      } else {
        const { message, cause, ...details } = told;
        super(code, status, message, details, cause);
      }
    }
  };
}
