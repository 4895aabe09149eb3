import { defineError } from '#errors/define-error.js';

/** Of the file or of the API, whichever was first. */
export const UpstreamExists = defineError('upstream_exists', 409, (name: string) => ({
  message: `There is an upstream named ${name} already. To replace it, say which revision you have seen in If-Match.`,
}));

/** The file wins: nothing that is said over the API changes it. */
export const UpstreamOfFile = defineError('upstream_of_file', 409, (name: string) => ({
  message: `${name} stands in the file of upstreams, and can only be changed there.`,
}));

/** Somebody else has changed it since. `revision`: what it is now. */
export const RevisionMismatch = defineError('revision_mismatch', 412, (name: string, revision: number) => ({
  message: `${name} has been changed meanwhile: it is at revision ${revision}. Read it again.`,
  members: { revision },
}));

export const TooManyUpstreams = defineError('too_many_upstreams', 409, (most: number) => ({
  message: `There are ${most} upstreams of the API already, and no more are kept.`,
}));

/** A gateway with a Core elsewhere keeps nothing itself. */
export const NoDatabase = defineError('no_database', 501, () => ({
  message: 'This gateway has no database to keep upstreams in. Put them into the file of upstreams.',
}));
