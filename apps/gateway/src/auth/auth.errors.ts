import { defineError } from '#errors/define-error.js';

/** One sentence for every reason: which check failed is not the caller's to know. */
export const InvalidToken = defineError('invalid_token', 401, () => ({
  message: 'The bearer token is not valid here.',
  challenge: 'Bearer error="invalid_token"',
}));
