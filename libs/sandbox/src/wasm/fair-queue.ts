/** Waits in turn: first come, first served within a tenant, and the tenants one after the other. */
export class FairQueue<T> {
  private readonly lines = new Map<string, Set<T>>();
  private count = 0;

  get length(): number {
    return this.count;
  }

  /**
   * Where all places are taken, whoever has the most of them gives up its latest for one who would have fewer.
   * @param most that may wait
   * @returns who does not wait (any more): undefined, the item itself, or another tenant's
   */
  push(tenant: string, item: T, most: number): T | undefined {
    const turnedAway = this.count < most ? undefined : this.latestOfLongest(this.waitingOf(tenant) + 1);
    if (this.count >= most && !turnedAway) return item;
    if (turnedAway) this.delete(turnedAway.tenant, turnedAway.item);
    const line = this.lines.get(tenant) ?? new Set();
    this.lines.set(tenant, line.add(item));
    this.count++;
    return turnedAway?.item;
  }

  /** Whose turn it is. Its tenant is the last one now. */
  shift(): T | undefined {
    for (const [tenant, line] of this.lines) {
      const [item] = line;
      this.delete(tenant, item!);
      if (this.lines.delete(tenant)) this.lines.set(tenant, line);
      return item;
    }
    return undefined;
  }

  delete(tenant: string, item: T): void {
    const line = this.lines.get(tenant);
    if (!line?.delete(item)) return;
    this.count--;
    if (line.size === 0) this.lines.delete(tenant);
  }

  private waitingOf(tenant: string): number {
    return this.lines.get(tenant)?.size ?? 0;
  }

  private latestOfLongest(more: number): { tenant: string; item: T } | undefined {
    let longest: [string, Set<T>] | undefined;
    for (const line of this.lines) if (line[1].size > (longest?.[1].size ?? more)) longest = line;
    return longest && { tenant: longest[0], item: [...longest[1]].at(-1)! };
  }
}
