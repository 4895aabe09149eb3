import { defineError } from '#errors/define-error.js';

export { UpstreamRpcError } from '#gateway/tools/tools.errors.js';

/** The caller has not given the gateway leave yet to act for it at this upstream. @param url of the page where it can */
export const ConnectNeeded = defineError('connect_needed', 403, (upstream: string, url: string) => ({
  message: `${upstream} wants to know who you are. Open ${url} and call again.`,
  members: { error: 'ConnectNeededError', url },
}));

export const UpstreamNotFound = defineError('upstream_not_found', 404, (name: string) => ({
  message: `There is no upstream named ${JSON.stringify(name.slice(0, 64))}.`,
}));
