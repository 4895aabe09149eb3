import type { Caller } from '#core/caller.js';
import { SessionNotFound } from '#core/core.errors.js';
import type { Sessions } from '#core/sessions/sessions.js';
import { InvalidArguments } from '#gateway/tools/tools.errors.js';
import { maybe, string } from '#schema/schema.js';

/** The arguments by which a tool is told the session that it is about. */
export const SESSION_REFERENCE = {
  session_id: maybe(string({ format: 'uuid', description: 'The session, as start_session answered it.' })),
  external_session_key: maybe(
    string({ minLength: 1, maxLength: 200, description: 'Or the key that the session was started with.' }),
  ),
  workspace_id: maybe(
    string({ minLength: 1, maxLength: 200, description: 'Where the key is looked up; needed if it is in several.' }),
  ),
};

export interface SessionReference {
  readonly session_id?: string;
  readonly external_session_key?: string;
  readonly workspace_id?: string;
}

/** @returns the session's id, unproven where it was given. @throws InvalidArguments, SessionNotFound */
export async function sessionIdOf(
  sessions: Sessions,
  caller: Caller,
  { session_id: id, external_session_key: key, workspace_id }: SessionReference,
): Promise<string> {
  if (id !== undefined) return id;
  if (key === undefined) {
    throw new InvalidArguments([
      { field: 'session_id', code: 'required', message: 'or external_session_key is required' },
    ]);
  }
  const found = await sessions.resolve(caller, { external_session_key: key, workspace_id });
  if (found.session_id === null) throw new SessionNotFound(key);
  return found.session_id;
}
