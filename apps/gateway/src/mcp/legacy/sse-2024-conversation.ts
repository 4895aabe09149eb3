import type { Caller } from '#core/caller.js';
import type { Mount } from '#gateway/tools/mount.js';
import type { EventStream } from '../event-stream.js';
import type { LegacySession } from './legacy-session.js';
import type { Outlet } from './outlet.js';

/** A session of 2024-11-05: it lives as long as its stream, and everything that is said to the client is said there. */
export class Sse2024Conversation implements Outlet {
  private readonly leaving = new AbortController();

  constructor(
    /** Settled by `initialize`, which comes after the stream. */
    public session: LegacySession,
    readonly mount: Mount,
    private readonly connection: EventStream,
  ) {
    connection.onClose(() => this.leaving.abort());
  }

  /** Aborted when the stream has ended. */
  get left(): AbortSignal {
    return this.leaving.signal;
  }

  tell(message: string): void {
    this.connection.send({ event: 'message', data: message });
  }
}

/** A caller as JSON carries it. */
export type PackedCaller = Omit<Caller, 'scopes'> & { readonly scopes: readonly string[] };

export const packCaller = (caller: Caller): PackedCaller => ({ ...caller, scopes: [...caller.scopes] });

export const unpackCaller = (packed: PackedCaller): Caller => ({ ...packed, scopes: new Set(packed.scopes) });
