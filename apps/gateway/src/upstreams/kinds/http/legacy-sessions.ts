import { hash } from 'node:crypto';
import { BackendUnavailable } from '#gateway/tools/tools.errors.js';
import type { LegacySession } from './legacy-session.js';
import { openShared } from './open-shared.js';
import { IDLE_SECONDS, type SharedSessions } from './shared-sessions.js';
import { untilAborted } from './until-aborted.js';
import type { Endpoint, Wire } from './wire.js';

const SWEEP_MS = 60_000;
const TOUCH_MS = 60_000;

/** How many may be open, in this process. */
export interface SessionBounds {
  readonly most: number;
  readonly mostPerPrincipal: number;
  readonly idleMs: number;
}
const BOUNDS: SessionBounds = { most: 1_000, mostPerPrincipal: 8, idleMs: IDLE_SECONDS * 1_000 };

/** One session, or the opening of one. */
interface Held {
  readonly principal: string;
  readonly opening: Promise<LegacySession>;
  session?: LegacySession;
  /** Other replicas know of it. */
  isShared: boolean;
  touchedAt: number;
}

/**
 * The sessions with one upstream: one for each credential and principal, or for all of one credential. The least
 * recently used goes first, the idle ones by themselves; whatever goes is ended at the upstream too.
 */
export class LegacySessions {
  /** Least recently used first. */
  private readonly held = new Map<string, Held>();
  private sweeper: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly wire: Wire,
    private readonly shared: SharedSessions | undefined,
    private readonly bounds = BOUNDS,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get size(): number {
    return this.held.size;
  }

  /**
   * The session of this principal, opened where there is none. At once where it is known here.
   * @throws as `openSession`
   */
  get(endpoint: Endpoint, principal: string, signal: AbortSignal): LegacySession | Promise<LegacySession> {
    const key = keyOf(endpoint, principal);
    const held = this.held.get(key);
    if (!held) return untilAborted(this.begin(key, principal, endpoint), signal);
    this.held.delete(key);
    this.held.set(key, held);
    if (!held.session) return untilAborted(held.opening, signal);
    held.session.endpoint = endpoint;
    this.use(key, held, held.session);
    return held.session;
  }

  /** The session of this principal, if there is one here. */
  known(endpoint: Endpoint, principal: string): LegacySession | undefined {
    return this.held.get(keyOf(endpoint, principal))?.session;
  }

  /** The upstream has forgotten this one: the next `get` opens another, or finds the one that another replica has opened. */
  async lost(endpoint: Endpoint, principal: string, session: LegacySession): Promise<void> {
    const key = keyOf(endpoint, principal);
    if (this.held.get(key)?.session === session) this.held.delete(key);
    await this.shared?.drop(this.shareOf(key), session.state);
  }

  /** @param leave those that other replicas know of: they go on with them */
  async close(leave: boolean): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.sweeper);
    const ending = [...this.held].filter(([, held]) => !leave || !held.isShared);
    this.held.clear();
    await Promise.all(ending.map(([key, held]) => this.end(key, held)));
  }

  private begin(key: string, principal: string, endpoint: Endpoint): Promise<LegacySession> {
    if (this.isClosed) return Promise.reject(new BackendUnavailable(this.wire.upstream));
    const opening = openShared(this.wire, endpoint, this.shared, this.shareOf(key));
    const held: Held = {
      principal,
      opening: opening.then(({ session }) => session),
      isShared: false,
      touchedAt: this.now(),
    };
    this.held.set(key, held);
    held.opening.catch(() => undefined);
    return opening.then(
      ({ session, isShared }) => {
        held.session = session;
        session.usedAt = this.now();
        held.isShared = isShared;
        // Meanwhile all were closed, or this one counts as lost.
        if (this.isClosed) void this.end(key, held);
        else this.makeRoom(principal);
        return session;
      },
      (error: unknown) => {
        if (this.held.get(key) === held) this.held.delete(key);
        throw error;
      },
    );
  }

  private use(key: string, held: Held, session: LegacySession): void {
    const now = this.now();
    session.usedAt = now;
    if (!this.shared || session.state.id === undefined || now - held.touchedAt < TOUCH_MS) return;
    held.touchedAt = now;
    if (held.isShared) void this.shared.touch(this.shareOf(key));
    // Redis was away when it was opened.
    else
      void this.shared
        .claim(this.shareOf(key), session.state)
        .then((counts) => (held.isShared = counts?.id === session.state.id));
  }

  private makeRoom(principal: string): void {
    this.sweeper ??= setInterval(() => this.sweep(), SWEEP_MS).unref();
    const own = [...this.held].filter(([, held]) => held.principal === principal);
    // The gateway's own, and what all share, is everybody's.
    if (principal !== '' && own.length > this.bounds.mostPerPrincipal) this.evict(own);
    if (this.held.size > this.bounds.most) this.evict([...this.held]);
  }

  /** The least recently used that has nothing to do. Where all of them have, they are as many as there are calls. */
  private evict(among: readonly (readonly [string, Held])[]): void {
    const [key, held] = among.find(([, { session }]) => session?.busy === 0) ?? [];
    if (key === undefined || !held) return;
    this.held.delete(key);
    void this.end(key, held);
  }

  private sweep(): void {
    const before = this.now() - this.bounds.idleMs;
    for (const [key, held] of this.held) {
      const { session } = held;
      if (!session || session.busy > 0 || session.usedAt > before) continue;
      this.held.delete(key);
      void this.endIdle(key, held);
    }
    if (this.held.size > 0) return;
    clearInterval(this.sweeper);
    this.sweeper = undefined;
  }

  private async endIdle(key: string, held: Held): Promise<void> {
    if (!(await this.shared?.isInUse(this.shareOf(key)))) await this.end(key, held);
  }

  private async end(key: string, { session }: Held): Promise<void> {
    if (!session) return;
    await this.shared?.drop(this.shareOf(key), session.state);
    await session.end();
  }

  /** Under which it is shared. Says nothing of a secret, and does not hold the address, which may be one. */
  private shareOf(key: string): string {
    const { upstream, host } = this.wire;
    return `${upstream}:${hash('sha256', JSON.stringify([host, key]), 'base64url')}`;
  }
}

const keyOf = ({ credential }: Endpoint, principal: string) => `${principal} ${credential.key}`;
