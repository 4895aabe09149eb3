import { Inject, Injectable, Logger, type OnModuleDestroy, Optional } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Caller } from '#core/caller.js';
import { type Change, Changes } from '#gateway/tools/changes.js';
import { PubSub } from '#redis/pub-sub.js';
import type { EventStream } from '../event-stream.js';
import { notificationMessage, RPC, RpcError } from '../json-rpc.js';
import type { ListKind } from '../own-lists.js';
import { EventLog } from './event-log.js';
import type { LegacySession } from './legacy-session.js';
import { KINDS, SessionLists, UNKNOWN } from './fingerprints.js';
import { hasPriming } from './revisions.js';
import { SessionMemory } from './session-memory.js';
import { SessionStream } from './session-stream.js';

/** Sessions that listen, or did lately. */
const MOST = 10_000;
const MOST_PER_PRINCIPAL = 100;

/** How long events are kept for a client that has gone, and may come back. */
const ABSENCE_MS = 5 * 60_000;

/** Changes come in crowds; clients hear of them once. */
const GATHER_MS = 50;

const CHANNEL = 'mcp:streams';

/** The streams on which sessions hear of what changes: one for each session, wherever it is connected last. */
@Injectable()
export class SessionStreams implements OnModuleDestroy {
  private readonly logger = new Logger('Mcp');
  private readonly streams = new LRUCache<string, SessionStream>({
    max: MOST,
    ttl: ABSENCE_MS,
    updateAgeOnGet: false,
    dispose: (stream, _id, reason) => {
      if (reason !== 'set') stream.end();
    },
  });
  private readonly dirty = new Set<ListKind>();
  private timer: NodeJS.Timeout | undefined;
  private absence: NodeJS.Timeout | undefined;
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly changes: Changes,
    private readonly lists: SessionLists,
    private readonly memory: SessionMemory,
    private readonly log: EventLog,
    @Optional() @Inject(PubSub) private readonly others: PubSub | undefined,
  ) {
    memory.onChange((id) => void this.refresh(id));
    // The session listens elsewhere now.
    others?.subscribe(CHANNEL, (id) => this.streams.delete(id));
  }

  onModuleDestroy(): void {
    this.unsubscribe?.();
    clearTimeout(this.timer);
    clearTimeout(this.absence);
  }

  /**
   * @param connect opens the connection, once it is let in
   * @throws RpcError when the session listens already, or its principal has too many that do
   */
  async open(
    session: LegacySession,
    caller: Caller,
    lastEventId: string | undefined,
    connect: () => EventStream,
  ): Promise<void> {
    const { id } = session;
    const before = this.streams.get(id);
    if (before?.connected) {
      throw new RpcError(RPC.SERVER_ERROR, 'Conflict: Only one SSE stream is allowed per session', 409);
    }
    if (!before && this.listening(session.principal) >= MOST_PER_PRINCIPAL) {
      throw new RpcError(RPC.SERVER_ERROR, 'Too many open streams', 429);
    }
    // Where nobody listens, nothing has to be found out.
    this.unsubscribe ??= this.changes.subscribe((change) => this.heed(change));
    const stream = before ?? new SessionStream(session, this.log, this.changes);
    const connection = connect();
    stream.connect(connection, caller);
    // A stream that is connected does not age.
    this.streams.set(id, stream, { ttl: 0 });
    connection.onClose(() => {
      if (this.streams.peek(id) !== stream || stream.connected) return;
      this.streams.set(id, stream, { ttl: ABSENCE_MS });
      // Until then somebody listens for it, at upstreams too.
      this.absence ??= setTimeout(() => this.dismiss(), ABSENCE_MS + 1_000).unref();
    });
    void this.others?.publish(CHANNEL, id);
    if (!before) {
      stream.want((await this.memory.read(session)).uris);
      stream.lists = { ...UNKNOWN, ...(await this.lists.look(session.mount, caller)) };
    }
    await stream.resume(lastEventId, hasPriming(session.version));
    if (lastEventId !== undefined) await this.compare(stream, KINDS);
  }

  /** How many are connected here. */
  get size(): number {
    let size = 0;
    for (const stream of this.streams.values()) if (stream.connected) size++;
    return size;
  }

  /** Of a session that has ended. */
  end(id: string): void {
    this.streams.delete(id);
  }

  /** Of those who have gone and did not come back. */
  private dismiss(): void {
    this.streams.purgeStale();
    const isGone = [...this.streams.values()].some(({ connected }) => !connected);
    this.absence = isGone ? setTimeout(() => this.dismiss(), ABSENCE_MS).unref() : undefined;
  }

  private listening(principal: string): number {
    let count = 0;
    for (const stream of this.streams.values()) if (stream.session.principal === principal) count++;
    return count;
  }

  private heed(change: Change): void {
    if (change.kind !== 'resource') {
      this.dirty.add(change.kind);
      this.timer ??= setTimeout(() => this.flush(), GATHER_MS).unref();
      return;
    }
    const { uri } = change;
    for (const stream of this.streams.values()) {
      if (!stream.wants(change)) continue;
      void stream.tell(notificationMessage('notifications/resources/updated', { uri }));
    }
  }

  private flush(): void {
    this.timer = undefined;
    const kinds = [...this.dirty];
    this.dirty.clear();
    for (const stream of this.streams.values()) void this.compare(stream, kinds);
  }

  /** Tells of the lists that are others than the client knows. */
  private async compare(stream: SessionStream, kinds: readonly ListKind[]): Promise<void> {
    try {
      const now = await this.lists.look(stream.session.mount, stream.caller, kinds);
      for (const kind of kinds) {
        // Not known yet: they are being looked at just now.
        if (!stream.lists || (now[kind] !== '' && stream.lists[kind] === now[kind])) continue;
        stream.lists = { ...stream.lists, [kind]: now[kind]! };
        void stream.tell(notificationMessage(`notifications/${kind}/list_changed`));
      }
    } catch (error) {
      this.logger.error(error, 'A list could not be compared');
    }
  }

  private async refresh(id: string): Promise<void> {
    const stream = this.streams.get(id);
    if (!stream) return;
    const { revoked, uris } = await this.memory.read(stream.session);
    if (revoked) this.end(id);
    else stream.want(uris);
  }
}
