import type { Redis } from 'ioredis';
import type { RedisHealth } from '#redis/redis-health.js';
import { isObject } from '#gateway/tools/tool.js';
import { readJson } from './messages.js';
import type { SessionState } from './legacy-session.js';

/** How long a session may be idle; then nobody looks for it any more. */
export const IDLE_SECONDS = 1_800;
/** Longer than that it is remembered, so that whoever used it last can end it at the upstream. */
const GRACE_SECONDS = 300;
/** With longer ones only what is needed is kept. */
const MOST_CHARACTERS = 32_768;

const keyOf = (session: string) => `upstream-session:{${session}}`;

/** Takes the value away only while it is still this one. */
const DROP = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0";

/**
 * Sessions with upstreams where all replicas find them, so that a principal keeps its own wherever it comes in. An id of
 * a session lets whoever knows it go on with it: it is written nowhere else, and never logged.
 */
export class SharedSessions {
  constructor(
    private readonly client: Redis,
    private readonly health: RedisHealth,
  ) {}

  /** @returns undefined when there is none, or Redis is away */
  async load(session: string): Promise<SessionState | undefined> {
    const text = await this.health.ask(() => this.client.get(keyOf(session)));
    return typeof text === 'string' ? stateIn(text) : undefined;
  }

  /** Offers a session that was just opened. @returns the one that counts: another replica's, if that was quicker; undefined when Redis is away */
  async claim(session: string, state: SessionState): Promise<SessionState | undefined> {
    const key = keyOf(session);
    const won = await this.health.ask(() =>
      this.client.set(key, textOf(state), 'EX', IDLE_SECONDS + GRACE_SECONDS, 'NX'),
    );
    if (won === 'OK') return state;
    return won === null ? await this.load(session) : undefined;
  }

  /** It is still in use. */
  async touch(session: string): Promise<void> {
    await this.health.ask(() => this.client.expire(keyOf(session), IDLE_SECONDS + GRACE_SECONDS));
  }

  /** Forgets it, unless there is another one in its place. */
  async drop(session: string, state: SessionState): Promise<void> {
    await this.health.ask(() => this.client.eval(DROP, 1, keyOf(session), textOf(state)));
  }

  /** True when another replica has used it since this one did last, which was so long ago that it counts as idle here. */
  async isInUse(session: string): Promise<boolean> {
    const left = await this.health.ask(() => this.client.ttl(keyOf(session)));
    return typeof left === 'number' && left > 2 * GRACE_SECONDS;
  }
}

function textOf({ id, description }: SessionState): string {
  const text = JSON.stringify({ id, description });
  if (text.length <= MOST_CHARACTERS) return text;
  const { era, version, capabilities } = description;
  return JSON.stringify({ id, description: { era, version, capabilities } });
}

function stateIn(text: string): SessionState | undefined {
  const value = readJson(text);
  return isObject(value) && typeof value['id'] === 'string' && isObject(value['description'])
    ? (value as unknown as SessionState)
    : undefined;
}
