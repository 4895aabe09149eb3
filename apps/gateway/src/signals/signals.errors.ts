import { SessionNotFound, ValidationFailed } from '#core/core.errors.js';
import type { EventFailure } from '#core/signals/signals.js';
import type { AppError } from '#errors/app-error.js';
import { defineError } from '#errors/define-error.js';

export const EventRefused = defineError('session_terminal', 409, (message: string) => message);

/** What an event's failure in a batch is when it was sent alone. */
export function refusalOf({ code, message, field }: EventFailure): AppError {
  if (code === 'session_terminal') return new EventRefused(message);
  if (code === 'session_not_found') return new SessionNotFound('of this event');
  return new ValidationFailed([{ field: field ?? 'event', code, message }]);
}
