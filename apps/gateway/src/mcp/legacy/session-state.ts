import type { LogLevel } from '#gateway/tools/call-channel.js';

/** What a session has asked for since its handshake. */
export interface SessionState {
  /** Ended by its client. */
  readonly revoked: boolean;
  /** The lowest level that it wants to hear; undefined: all. */
  readonly level?: LogLevel;
  /** Resources whose changes it wants to hear of. */
  readonly uris: ReadonlySet<string>;
}

/** Of nearly every session. */
export const NOTHING: SessionState = Object.freeze({ revoked: false, uris: new Set<string>() });

/** One thing to remember. */
export type StateChange =
  { readonly revoked: true } | { readonly level: LogLevel } | { readonly uri: string; readonly subscribed: boolean };

export function apply(state: SessionState, change: StateChange): SessionState {
  if ('revoked' in change) return { ...NOTHING, revoked: true };
  if ('level' in change) return { ...state, level: change.level };
  const uris = new Set(state.uris);
  if (change.subscribed) uris.add(change.uri);
  else uris.delete(change.uri);
  return { ...state, uris };
}
