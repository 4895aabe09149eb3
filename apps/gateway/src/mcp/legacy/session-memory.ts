import { Inject, Injectable, Optional } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Redis } from 'ioredis';
import type { Config } from '#config/env.js';
import { PubSub } from '#redis/pub-sub.js';
import { REDIS } from '#redis/redis.js';
import { RedisHealth } from '#redis/redis-health.js';
import { BoundedStates } from './bounded-states.js';
import type { LegacySession } from './legacy-session.js';
import { RedisStates } from './redis-states.js';
import { apply, NOTHING, type SessionState, type StateChange } from './session-state.js';

const CHANNEL = 'mcp:sessions';

/** Ended sessions that a process knows of; each takes some 150 bytes until it would have expired. */
const MOST_REVOKED = 50_000;

/**
 * What is remembered of sessions. A session that asks for nothing leaves nothing. With Redis the truth is there and this
 * process keeps a copy, which it drops when another process says that it has changed.
 */
@Injectable()
export class SessionMemory {
  private readonly states: BoundedStates;
  private readonly shared: RedisStates | undefined;
  private readonly loading = new Map<string, Promise<SessionState>>();
  /** Expiry by id, oldest first. */
  private readonly revoked = new Map<string, number>();
  private readonly listeners = new Set<(id: string) => void>();

  constructor(
    config: ConfigService<Config, true>,
    @Optional() @Inject(REDIS) redis: Redis | undefined,
    @Optional() @Inject(RedisHealth) health: RedisHealth | undefined,
    @Optional() @Inject(PubSub) private readonly others: PubSub | undefined,
  ) {
    const idleSeconds = config.get('MCP_SESSION_IDLE_SECONDS', { infer: true });
    this.states = new BoundedStates(idleSeconds * 1_000);
    if (redis && health) this.shared = new RedisStates(redis, health, idleSeconds);
    others?.subscribe(CHANNEL, (id) => {
      this.drop(id);
      this.tell(id);
    });
    others?.onReturn(() => this.states.clear());
  }

  /** How many sessions this process remembers something of. */
  get size(): number {
    return this.states.size;
  }

  /** At once for what is known here; most calls wait for nothing. */
  read({ id, principal }: LegacySession): SessionState | Promise<SessionState> {
    if (this.revoked.has(id)) return { ...NOTHING, revoked: true };
    const known = this.states.get(id);
    if (known) return known;
    return this.shared ? (this.loading.get(id) ?? this.load(id, principal, this.shared)) : NOTHING;
  }

  /** Remembers, and tells the other replicas. */
  async change(session: LegacySession, change: StateChange): Promise<void> {
    const { id, principal, expiresAt } = session;
    if ('revoked' in change) this.revoke(id, expiresAt);
    else this.states.set(id, principal, apply(await this.read(session), change));
    this.loading.delete(id);
    await this.shared?.save(id, change, Math.max(1, expiresAt - Math.floor(Date.now() / 1_000)));
    await this.others?.publish(CHANNEL, id);
    this.tell(id);
  }

  /** Calls back with the id of a session whose state has changed, wherever it did. */
  onChange(listener: (id: string) => void): void {
    this.listeners.add(listener);
  }

  private load(id: string, principal: string, shared: RedisStates): Promise<SessionState> {
    const loading = shared.load(id).then((state) => {
      // While Redis is away nothing is known, and nothing is kept: the next call asks again.
      if (this.loading.get(id) !== loading) return state ?? NOTHING;
      this.loading.delete(id);
      if (state) this.states.set(id, principal, state);
      return state ?? NOTHING;
    });
    this.loading.set(id, loading);
    return loading;
  }

  private revoke(id: string, expiresAt: number): void {
    this.states.delete(id);
    this.revoked.set(id, expiresAt);
    const now = Date.now() / 1_000;
    for (const [old, at] of this.revoked) {
      if (at > now && this.revoked.size <= MOST_REVOKED) break;
      this.revoked.delete(old);
    }
  }

  private drop(id: string): void {
    this.states.delete(id);
    this.loading.delete(id);
  }

  private tell(id: string): void {
    for (const listener of this.listeners) listener(id);
  }
}
