import type { Redis } from 'ioredis';
import type { RedisHealth } from '#redis/redis-health.js';
import type { LogLevel } from '#gateway/tools/call-channel.js';
import { NOTHING, type SessionState, type StateChange } from './session-state.js';

const REVOKED = 'revoked';
const LEVEL = 'level';
/** Before the address of a resource that is subscribed to. */
const URI = 'u:';

const keyOf = (id: string) => `mcp:session:${id}`;

/** What sessions have asked for, where all replicas find it: a hash for each that asked for anything. */
export class RedisStates {
  constructor(
    private readonly client: Redis,
    private readonly health: RedisHealth,
    private readonly idleSeconds: number,
  ) {}

  /** @returns undefined when Redis is away */
  async load(id: string): Promise<SessionState | undefined> {
    const fields = await this.health.ask(() => this.client.hgetall(keyOf(id)));
    return fields && stateOf(fields);
  }

  /** @param secondsLeft of the session: for so long it stays ended */
  async save(id: string, change: StateChange, secondsLeft: number): Promise<void> {
    const key = keyOf(id);
    await this.health.ask(async () => {
      const commands = this.client.multi();
      if ('revoked' in change) commands.del(key).hset(key, REVOKED, '1');
      else if ('level' in change) commands.hset(key, LEVEL, change.level);
      else if (change.subscribed) commands.hset(key, URI + change.uri, '1');
      else commands.hdel(key, URI + change.uri);
      commands.expire(key, 'revoked' in change ? secondsLeft : Math.min(this.idleSeconds, secondsLeft));
      await commands.exec();
    });
  }
}

function stateOf(fields: Readonly<Record<string, string>>): SessionState {
  const names = Object.keys(fields);
  if (names.length === 0) return NOTHING;
  const level = fields[LEVEL] as LogLevel | undefined;
  return {
    revoked: REVOKED in fields,
    ...(level !== undefined && { level }),
    uris: new Set(names.filter((name) => name.startsWith(URI)).map((name) => name.slice(URI.length))),
  };
}
