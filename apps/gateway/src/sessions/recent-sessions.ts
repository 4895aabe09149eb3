/** How long after its last event a session counts as active. */
const ACTIVE_MS = 5 * 60_000;

/** Some 10 MB at the longest names; beyond it the count stays at this. */
const MOST = 50_000;

/**
 * The sessions of the last five minutes, oldest first: a Map keeps the order in which its keys came, and a session that
 * is seen again is put at the end.
 */
export class RecentSessions {
  private readonly seenAt = new Map<string, number>();

  constructor(private readonly most = MOST) {}

  see(session: string, now: number): void {
    this.seenAt.delete(session);
    this.seenAt.set(session, now);
    if (this.seenAt.size > this.most) this.seenAt.delete(this.seenAt.keys().next().value!);
  }

  count(now: number): number {
    for (const [session, at] of this.seenAt) {
      if (now - at < ACTIVE_MS) break;
      this.seenAt.delete(session);
    }
    return this.seenAt.size;
  }
}
