import { AppError, type FieldFault } from '#errors/app-error.js';

/** A 4xx of Achilles Core, to be passed on as it came: status, body and media type. */
export class CoreRefusal extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
    readonly contentType: string,
    readonly retryAfter: string | undefined,
  ) {
    super(`Achilles Core answered ${status}`);
    this.name = 'CoreRefusal';
  }

  /** The same for who cannot pass a body on: what its problem document says, if it is one. */
  toAppError(): AppError {
    const { code, detail, errors } = problemOf(this.body);
    return new AppError(
      typeof code === 'string' ? code : 'core_refused',
      this.status,
      typeof detail === 'string' ? detail : `${this.message}.`,
      Array.isArray(errors) ? { faults: errors as FieldFault[] } : {},
      this,
    );
  }
}

function problemOf(body: string): { code?: unknown; detail?: unknown; errors?: unknown } {
  try {
    return (JSON.parse(body) ?? {}) as object;
  } catch {
    return {};
  }
}
