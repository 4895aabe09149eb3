import { defineError } from '#errors/define-error.js';

/** The caller has not given the gateway leave yet to act for it at this upstream. @param url of the page where it can */
export const ConnectNeeded = defineError('connect_needed', 403, (upstream: string, url: string) => ({
  message: `${upstream} wants to know who you are. Open ${url} and call again.`,
  members: { error: 'ConnectNeededError', url },
}));

export const UpstreamNotFound = defineError('upstream_not_found', 404, (name: string) => ({
  message: `There is no upstream named ${JSON.stringify(name.slice(0, 64))}.`,
}));

/** It is at an address that may not be called. @param reason which rule refuses it, never what a name resolves to */
export const UpstreamAddressRefused = defineError(
  'upstream_address_refused',
  502,
  (upstream: string, reason: string) => ({
    message: `The address of ${upstream} may not be called: ${reason}. UPSTREAM_ALLOWED_HOSTS names what is allowed beside public addresses.`,
    members: { error: 'UpstreamAddressRefusedError' },
  }),
);

/** The definition that the call was made by is no longer the upstream's: its list has to be read again. Nothing was carried out. */
export const UpstreamDefinitionStale = defineError(
  'upstream_definition_stale',
  502,
  (upstream: string, tool: string) => ({
    message: `${upstream} has changed the definition of ${JSON.stringify(tool.slice(0, 128))}. Look at it again, then call again.`,
    members: { error: 'UpstreamDefinitionStaleError' },
  }),
);
