import { defineError } from '#errors/define-error.js';

/** Nobody learns whether there ever was such a call: it may be somebody else's. */
export const CallNotWaiting = defineError('call_not_waiting', 409, () => ({
  message:
    'No call waits for this any more: it has ended, or the gateway that carried it has. Call again from the start.',
  members: { error: 'CallNotWaitingError' },
}));

export const CallTakenUp = defineError('call_taken_up', 409, () => ({
  message: 'This call is being carried on already. Its answer goes to the request that came first.',
  members: { error: 'CallTakenUpError' },
}));

export const InputDeclined = defineError('input_declined', 403, (upstream: string) => ({
  message: `${upstream} cannot go on: what it asked for was declined.`,
  members: { error: 'InputDeclinedError' },
}));

/** To a client that cannot be asked to, or was and came back too soon: its user can. */
export const AddressToOpen = defineError('address_to_open', 403, (upstream: string, why: string, urls: string) => ({
  message: `${upstream} wants somebody to open ${urls} first (${why}). Then call again.`,
  members: { error: 'AddressToOpenError', url: urls },
}));
