import { type Caller, TIERS } from '#core/caller.js';
import type { Tool } from './tool.js';

/**
 * Whom the tools of a directory are for: what of a caller decides which of them it sees, and how often those have changed.
 * It is counted as tools come and go: one change among thousands costs no more than the change.
 */
export class ToolAudiences {
  /** Of how many tools each is asked for, or is the tenant. */
  private readonly scopeCounts = new Map<string, number>();
  private readonly tenantCounts = new Map<string, number>();
  /** Tools that not every tier sees. */
  private higher = 0;
  private sorted: readonly string[] | undefined;
  /** Changes of tools for all, and of those that are for one tenant. */
  private ofAll = 0;
  private readonly ofTenants = new Map<string, number>();

  /** Tools of one name have taken the place of others. */
  replace(before: readonly Tool[], now: readonly Tool[]): void {
    const gone = new Set(before);
    for (const tool of now) if (!gone.delete(tool)) this.count(tool, 1);
    for (const tool of gone) this.count(tool, -1);
  }

  /** True where no caller sees anything that another one does not. */
  get areEverybody(): boolean {
    return this.scopeCounts.size === 0 && this.tenantCounts.size === 0 && this.higher === 0;
  }

  /** The same text for two callers that see the same tools; another one than before when the caller may see others. */
  keyOf({ tenant, tier, scopes }: Caller): string {
    this.sorted ??= [...this.scopeCounts.keys()].sort();
    const held = this.sorted.filter((scope) => scopes.has(scope));
    const own = this.tenantCounts.has(tenant) ? tenant : null;
    return JSON.stringify([this.ofAll, this.ofTenants.get(tenant) ?? 0, own, tier, held]);
  }

  private count({ tier, scopes, orScopes = [], tenants }: Tool, by: 1 | -1): void {
    for (const scope of scopes) this.countScope(scope, by);
    for (const scope of orScopes) this.countScope(scope, by);
    if (tier !== TIERS[0]) this.higher += by;
    if (!tenants) this.ofAll++;
    for (const tenant of tenants ?? []) {
      add(this.tenantCounts, tenant, by);
      add(this.ofTenants, tenant, 1);
    }
  }

  private countScope(scope: string, by: 1 | -1): void {
    if (add(this.scopeCounts, scope, by)) this.sorted = undefined;
  }
}

/** @returns whether it is one of them since, or no longer */
function add(counts: Map<string, number>, key: string, by: 1 | -1): boolean {
  const before = counts.get(key) ?? 0;
  if (before + by === 0) return counts.delete(key);
  counts.set(key, before + by);
  return before === 0;
}
