import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { RedisHealth } from '#redis/redis-health.js';
import type { Fingerprints } from './fingerprints.js';

/** Events of one session that can be asked for again. */
export const MOST_EVENTS = 64;

/** Sessions whose events this process keeps, and the characters of all of them. */
const MOST_SESSIONS = 2_000;
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** What was sent on a session's stream. */
export interface LoggedEvent {
  /** A JSON-RPC message; empty for an event that only says where the stream stands. */
  readonly message: string;
  /** How the client's lists looked then. */
  readonly lists: Fingerprints;
}

export interface StoredEvent extends LoggedEvent {
  readonly id: string;
}

/** What was sent on the streams of sessions, so far back as it is kept. */
export abstract class EventLog {
  /** @returns the event's id; undefined when it could not be kept */
  abstract append(session: string, event: LoggedEvent): Promise<string | undefined>;
  /** The event of this id and what came after it; empty when it is not known. */
  abstract from(session: string, id: string): Promise<readonly StoredEvent[]>;
}

/** Of a gateway alone. */
export class MemoryEventLog extends EventLog {
  private readonly sessions: LRUCache<string, StoredEvent[]>;
  private count = 0;

  constructor(idleMs: number) {
    super();
    this.sessions = new LRUCache({
      max: MOST_SESSIONS,
      maxSize: MOST_CHARACTERS,
      ttl: idleMs,
      sizeCalculation: (events) => events.reduce((sum, { message }) => sum + message.length + 200, 1),
    });
  }

  append(session: string, event: LoggedEvent): Promise<string> {
    const id = `${process.pid}-${++this.count}`;
    const before = this.sessions.get(session) ?? [];
    this.sessions.set(session, [...before.slice(1 - MOST_EVENTS), { id, ...event }]);
    return Promise.resolve(id);
  }

  from(session: string, id: string): Promise<readonly StoredEvent[]> {
    const events = this.sessions.get(session) ?? [];
    const at = events.findIndex((event) => event.id === id);
    return Promise.resolve(at < 0 ? [] : events.slice(at));
  }
}

const REDIS_ID = /^\d{1,16}-\d{1,10}$/;

const keyOf = (session: string) => `mcp:events:${session}`;

/** Of all gateways on one Redis: a stream for each session that listens. */
export class RedisEventLog extends EventLog {
  constructor(
    private readonly client: Redis,
    private readonly health: RedisHealth,
    private readonly idleSeconds: number,
  ) {
    super();
  }

  async append(session: string, { message, lists }: LoggedEvent): Promise<string | undefined> {
    const key = keyOf(session);
    return this.health.ask(async () => {
      const commands = this.client.multi();
      commands.xadd(key, 'MAXLEN', '~', MOST_EVENTS, '*', 'm', message, 'l', JSON.stringify(lists));
      commands.expire(key, this.idleSeconds);
      const answers = await commands.exec();
      return answers?.[0]?.[1] as string | undefined;
    });
  }

  async from(session: string, id: string): Promise<readonly StoredEvent[]> {
    if (!REDIS_ID.test(id)) return [];
    const entries = await this.health.ask(() => this.client.xrange(keyOf(session), id, '+'));
    if (entries?.[0]?.[0] !== id) return [];
    return entries.map(([entry, [, message, , lists]]) => ({
      id: entry,
      message: message!,
      lists: JSON.parse(lists!) as Fingerprints,
    }));
  }
}
