import { defineError } from '#errors/define-error.js';

/** Under AUDIT_FAIL_MODE=closed nothing is changed that cannot be recorded. */
export const AuditUnavailable = defineError('audit_unavailable', 503, () => ({
  message: 'Changes cannot be recorded at the moment, so none are made. Try again shortly.',
  retryAfter: 5,
}));
