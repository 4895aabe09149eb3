import { defineError } from '#errors/define-error.js';

export const VirtualServerNotFound = defineError('virtual_server_not_found', 404, (name: string) => ({
  message: `There is no virtual server named ${JSON.stringify(name.slice(0, 64))}.`,
}));

/** Of the file or of the API, whichever was first. */
export const VirtualServerExists = defineError('virtual_server_exists', 409, (name: string) => ({
  message: `There is a virtual server named ${name} already. To replace it, say which revision you have seen in If-Match.`,
}));

/** The file wins: nothing that is said over the API changes it. */
export const VirtualServerOfFile = defineError('virtual_server_of_file', 409, (name: string) => ({
  message: `${name} stands in the file of upstreams, and can only be changed there.`,
}));

/** Somebody else has changed it since. `revision`: what it is now. */
export const VirtualServerChanged = defineError('virtual_server_changed', 412, (name: string, revision: number) => ({
  message: `${name} has been changed meanwhile: it is at revision ${revision}. Read it again.`,
  members: { revision },
}));

export const TooManyVirtualServers = defineError('too_many_virtual_servers', 409, (most: number) => ({
  message: `There are ${most} virtual servers of the API already, and no more are kept.`,
}));

/** A gateway with a Core elsewhere keeps nothing itself. */
export const NoDatabase = defineError('no_database', 501, () => ({
  message: 'This gateway has no database to keep virtual servers in. Put them into the file of upstreams.',
}));
