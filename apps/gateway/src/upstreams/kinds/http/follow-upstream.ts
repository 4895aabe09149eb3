import { NO_CREDENTIAL } from '../../credentials/credential.js';
import type { Eras } from './eras.js';
import { followLegacy, NewsSessionLost, StreamTaken } from './legacy-news.js';
import type { LegacySession } from './legacy-session.js';
import type { ModernCalls } from './modern.js';
import { followModern } from './modern-news.js';
import { type Follow, type NewsWanted, TellsNothing } from './news.js';
import { statusIn } from './outcome.js';
import type { Endpoint } from './wire.js';

const UNAUTHORISED = 401;

/** How the gateway itself is there: news are for all callers. */
interface OwnSeat {
  endpoint(signal: AbortSignal): Promise<Endpoint>;
  /** Another credential is to be shown the next time, if there is one. */
  refused(endpoint: Endpoint): void;
  session(endpoint: Endpoint, signal: AbortSignal): Promise<LegacySession>;
  /** One that no other process knows of. */
  ownSession(endpoint: Endpoint, signal: AbortSignal): Promise<LegacySession>;
  /** The upstream has forgotten it. */
  lost(endpoint: Endpoint, session: LegacySession): Promise<void>;
}

/** Follows the news of an upstream in whichever way it has. */
export function followUpstream(modern: ModernCalls, eras: Eras, seat: OwnSeat): Follow {
  /** Where a stream has ended that can be gone on with. */
  let last: { readonly session: LegacySession; readonly event: string } | undefined;
  /** A session has one stream, and one list of subscriptions: in the shared one another replica listens. */
  let isTaken = false;

  return async (wanted, signal) => {
    const endpoint = await seat.endpoint(signal);
    try {
      if ((await eras.of(endpoint, signal)) === 'legacy') return await inSession(endpoint, wanted, signal);
      const description = await eras.describe(endpoint, signal);
      return await followModern(modern, endpoint, description, wanted, signal);
    } catch (error) {
      if (statusIn(error) !== UNAUTHORISED) throw error;
      // It lets nobody in without a credential, and the gateway itself has none: it need not knock every minute.
      if (endpoint.credential === NO_CREDENTIAL) throw new TellsNothing();
      seat.refused(endpoint);
      throw error;
    }
  };

  async function inSession(endpoint: Endpoint, wanted: NewsWanted, signal: AbortSignal): Promise<boolean> {
    const session = await (isTaken ? seat.ownSession(endpoint, signal) : seat.session(endpoint, signal));
    const from = last?.session === session ? last.event : undefined;
    try {
      const event = await followLegacy(session, from, wanted, signal);
      last = event === undefined ? undefined : { session, event };
    } catch (error) {
      if (error instanceof StreamTaken) {
        if (isTaken) throw new TellsNothing();
        return (isTaken = true);
      }
      if (error instanceof NewsSessionLost) await seat.lost(endpoint, session);
      throw error;
    }
    return false;
  }
}
