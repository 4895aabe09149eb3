import { defineError } from '#errors/define-error.js';

export const MalformedJson = defineError('malformed_json', 400, (detail: string) => detail);

export const BodyTooDeep = defineError(
  'body_too_deep',
  400,
  (depth: number) => `The body is nested more than ${depth} levels deep.`,
);
