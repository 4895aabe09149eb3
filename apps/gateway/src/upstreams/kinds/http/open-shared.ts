import { BackendUnavailable } from '#gateway/tools/tools.errors.js';
import { LegacySession, openSession } from './legacy-session.js';
import type { SharedSessions } from './shared-sessions.js';
import type { Endpoint, Wire } from './wire.js';

const OPEN_MS = 15_000;

/** A session, and whether other replicas know of it. */
export interface OpenedSession {
  readonly session: LegacySession;
  readonly isShared: boolean;
}

/**
 * Goes on with the session that another replica has opened, or opens one. Of two that are opened at the same moment the
 * one counts that was told first; the other is ended. Without Redis, or while it is away, it is this process's own.
 * @param share under which it is shared
 * @throws as `openSession`
 */
export async function openShared(
  wire: Wire,
  endpoint: Endpoint,
  shared: SharedSessions | undefined,
  share: string,
): Promise<OpenedSession> {
  const known = await shared?.load(share);
  if (known) return { session: new LegacySession(wire, endpoint, known), isShared: true };
  const session = await openInTime(wire, endpoint);
  if (session.state.id === undefined) return { session, isShared: false };
  const counts = await shared?.claim(share, session.state);
  if (counts === undefined || counts.id === session.state.id) return { session, isShared: counts !== undefined };
  void session.end();
  return { session: new LegacySession(wire, endpoint, counts), isShared: true };
}

/** Whoever asked first may leave: the others wait for it too. */
async function openInTime(wire: Wire, endpoint: Endpoint): Promise<LegacySession> {
  const signal = AbortSignal.timeout(OPEN_MS);
  try {
    return await openSession(wire, endpoint, signal);
  } catch (error) {
    throw signal.aborted ? new BackendUnavailable(wire.upstream, error) : error;
  }
}
