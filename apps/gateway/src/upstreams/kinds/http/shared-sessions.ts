import type { Redis } from 'ioredis';
import type { RedisHealth } from '#redis/redis-health.js';
import type { Seal } from '#gateway/seal/seal.service.js';
import { isObject } from '#gateway/tools/tool.js';
import { readJson } from './messages.js';
import type { SessionState } from './legacy-session.js';

/** How long a session may be idle; then nobody looks for it any more. */
export const IDLE_SECONDS = 1_800;
/** Longer than that it is remembered, so that whoever used it last can end it at the upstream. */
const GRACE_SECONDS = 300;
/** With longer ones only what is needed is kept. */
const MOST_BYTES = 32_768;
const PURPOSE = 'upstream-session';

const keyOf = (session: string) => `upstream-session:{${session}}`;

/** Takes the value away only while it is still this one. */
const DROP = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0";

/**
 * Sessions with upstreams where all replicas find them, so that a principal keeps its own wherever it comes in. An id of
 * a session lets whoever knows it go on with it: it is sealed there, written nowhere else, and never logged.
 */
export class SharedSessions {
  constructor(
    private readonly client: Redis,
    private readonly health: RedisHealth,
    private readonly seal: Pick<Seal, 'seal' | 'open'>,
  ) {}

  /** @returns undefined when there is none that opens here, or Redis is away */
  async load(session: string): Promise<SessionState | undefined> {
    const sealed = await this.sealedAt(session);
    return sealed === undefined ? undefined : this.opened(session, sealed);
  }

  /** Offers a session that was just opened. @returns the one that counts: another replica's, if that was quicker; undefined when Redis is away */
  async claim(session: string, state: SessionState): Promise<SessionState | undefined> {
    // Bound to its key: what somebody copies to another principal's does not open there.
    const sealed = this.seal.seal(PURPOSE, Buffer.from(textOf(state)), session);
    const won = await this.health.ask(() =>
      this.client.set(keyOf(session), sealed, 'EX', IDLE_SECONDS + GRACE_SECONDS, 'NX'),
    );
    if (won === 'OK') return state;
    return won === null ? await this.load(session) : undefined;
  }

  /** It is still in use. */
  async touch(session: string): Promise<void> {
    await this.health.ask(() => this.client.expire(keyOf(session), IDLE_SECONDS + GRACE_SECONDS));
  }

  /** Forgets it, unless there is another one in its place. */
  async drop(session: string, { id }: SessionState): Promise<void> {
    const sealed = await this.sealedAt(session);
    if (sealed === undefined || this.opened(session, sealed)?.id !== id) return;
    await this.health.ask(() => this.client.eval(DROP, 1, keyOf(session), sealed));
  }

  /** True when another replica has used it since this one did last, which was so long ago that it counts as idle here. */
  async isInUse(session: string): Promise<boolean> {
    const left = await this.health.ask(() => this.client.ttl(keyOf(session)));
    return typeof left === 'number' && left > 2 * GRACE_SECONDS;
  }

  private async sealedAt(session: string): Promise<string | undefined> {
    return (await this.health.ask(() => this.client.get(keyOf(session)))) ?? undefined;
  }

  private opened(session: string, sealed: string): SessionState | undefined {
    const text = this.seal.open(PURPOSE, sealed, session);
    return text && stateIn(text.toString());
  }
}

function textOf({ id, description }: SessionState): string {
  const text = JSON.stringify({ id, description });
  if (Buffer.byteLength(text) <= MOST_BYTES) return text;
  const { era, version, capabilities } = description;
  return JSON.stringify({ id, description: { era, version, capabilities } });
}

function stateIn(text: string): SessionState | undefined {
  const value = readJson(text);
  return isObject(value) && typeof value['id'] === 'string' && isObject(value['description'])
    ? (value as unknown as SessionState)
    : undefined;
}
