import type { AcceptedEvent } from './accepted-event.js';
import type { EventFailure } from './signals.js';

export const sessionNotFound = (event: AcceptedEvent): EventFailure =>
  failure(event, 'session_not_found', 'There is no such session.');

export const sessionTerminal = (event: AcceptedEvent, status: string): EventFailure =>
  failure(event, 'session_terminal', `The session is ${status} and takes no new events.`);

export const sessionAmbiguous = (event: AcceptedEvent): EventFailure =>
  failure(event, 'session_ambiguous', 'Several workspaces have a session with this key; name it by session_id.');

/** `field` is the one by which the event named its session. */
const failure = ({ index, event }: AcceptedEvent, code: string, message: string): EventFailure => ({
  index,
  code,
  message,
  field: event.session_id === undefined ? 'external_session_key' : 'session_id',
});
