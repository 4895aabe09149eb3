import { ValidationFailed } from '#core/core.errors.js';

/** The revision that somebody has seen; `any`: whichever it is. */
export type Seen = number | 'any' | undefined;

/** A revision as an entity tag. */
export const etagOf = (revision: number): string => `"${revision}"`;

/** Which revision the client has seen, as `If-Match` says. @throws ValidationFailed for what is no tag of ours */
export function seenRevision(header: string | undefined): Seen {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return 'any';
  const revision = /^"(\d{1,9})"$/.exec(header.trim())?.[1];
  if (revision !== undefined) return Number(revision);
  const message = 'must be a revision in quotes, as ETag gave it, or *';
  throw new ValidationFailed([{ field: 'If-Match', code: 'wrong_format', message }]);
}
