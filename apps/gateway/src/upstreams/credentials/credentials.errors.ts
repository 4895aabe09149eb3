import { defineError } from '#errors/define-error.js';

const named = (error: string) => ({ members: { error } });

/** What the operator configured is not taken. @param reason an error code of OAuth, or words of our own; no secret */
export const CredentialRefused = defineError('credential_refused', 502, (upstream: string, reason: string) => ({
  message: `The authorisation server of ${upstream} gives the gateway no token: ${reason}.`,
  ...named('CredentialRefusedError'),
}));

/** The file or variable of a secret holds none that can be sent. */
export const CredentialMissing = defineError('credential_missing', 503, (upstream: string) => ({
  message: `The gateway has no credential for ${upstream}. Its operator has to give it one.`,
  ...named('CredentialMissingError'),
}));

export const TokenNeeded = defineError('token_needed', 403, (upstream: string) => ({
  message: `${upstream} is called in the name of its user. Call with a bearer token of your identity provider.`,
  ...named('TokenNeededError'),
}));

export const ConnectionNotFound = defineError('connection_not_found', 404, (upstream: string) => ({
  message: `You have no connection with ${JSON.stringify(upstream.slice(0, 64))}.`,
}));

/** A page of the connection flow that leads nowhere. @param reason a sentence for who looks at it */
export const ConnectRefused = defineError('connect_refused', 400, (reason: string) => ({ message: reason }));
