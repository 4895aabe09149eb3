import { ValidationFailed } from '#core/core.errors.js';
import { seenRevision } from '#gateway/http/if-match.js';
import type { Expected } from '../dynamic-tools.service.js';
import type { ExpectedQuery } from './dynamic-tools.dto.js';

/** The revision that the client has seen, as `If-Match` or the query says it. @throws ValidationFailed where they differ */
export function expectedOf(ifMatch: string | undefined, { expectedRevision }: ExpectedQuery): Expected {
  const seen = seenRevision(ifMatch);
  if (typeof seen !== 'number') return expectedRevision;
  if (expectedRevision === undefined || expectedRevision === seen) return seen;
  throw new ValidationFailed([
    { field: 'expectedRevision', code: 'invalid', message: 'must be the revision that If-Match names' },
  ]);
}
