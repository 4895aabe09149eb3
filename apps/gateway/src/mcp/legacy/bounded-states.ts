import { LRUCache } from 'lru-cache';
import type { SessionState } from './session-state.js';

/** Sessions of which a process remembers something; and those of one principal, so that none drives out the others. */
const MOST = 10_000;
const MOST_PER_PRINCIPAL = 1_000;

interface Kept {
  readonly principal: string;
  readonly state: SessionState;
}

/** What this process remembers of sessions: the least recently used goes first, and the idle ones go by themselves. */
export class BoundedStates {
  private readonly kept: LRUCache<string, Kept>;
  private readonly ids = new Map<string, Set<string>>();

  /** @param idleMs how long a state is kept that nobody asks for */
  constructor(
    idleMs: number,
    private readonly mostPerPrincipal = MOST_PER_PRINCIPAL,
    most = MOST,
  ) {
    this.kept = new LRUCache({
      max: most,
      ttl: idleMs,
      updateAgeOnGet: true,
      dispose: ({ principal }, id, reason) => {
        if (reason !== 'set') this.forgetId(principal, id);
      },
    });
  }

  get size(): number {
    return this.kept.size;
  }

  get(id: string): SessionState | undefined {
    return this.kept.get(id)?.state;
  }

  set(id: string, principal: string, state: SessionState): void {
    const ids = this.ids.get(principal) ?? new Set();
    ids.delete(id);
    ids.add(id);
    this.ids.set(principal, ids);
    this.kept.set(id, { principal, state });
    if (ids.size > this.mostPerPrincipal) this.kept.delete(ids.values().next().value!);
  }

  delete(id: string): void {
    this.kept.delete(id);
  }

  clear(): void {
    this.kept.clear();
  }

  private forgetId(principal: string, id: string): void {
    const ids = this.ids.get(principal);
    ids?.delete(id);
    if (ids?.size === 0) this.ids.delete(principal);
  }
}
