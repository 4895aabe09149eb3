import { GuardedScope } from './guarded-scope.js';

/**
 * The scopes that the guard remembers, by tenant. Of too many, the one that was not used for the longest goes, but never
 * one in which something runs: those are few, and their count must not be lost. No tenant drives out another's scopes.
 */
export class GuardedScopes {
  private readonly tenants = new Map<string, Map<string, GuardedScope>>();

  constructor(
    private readonly windowMs: number,
    private readonly mostTenants: number,
    private readonly mostScopes: number,
  ) {}

  use(tenant: string, scope: string): GuardedScope {
    const own = touched(this.tenants, tenant, () => new Map<string, GuardedScope>());
    const used = touched(own, scope, () => new GuardedScope(scope, this.windowMs));
    bound(own, this.mostScopes, ({ active }) => active === 0, used);
    bound(this.tenants, this.mostTenants, isIdle, own);
    return used;
  }

  /** In no order. */
  of(tenant: string): readonly GuardedScope[] {
    return [...(this.tenants.get(tenant)?.values() ?? [])];
  }
}

const isIdle = (scopes: ReadonlyMap<string, GuardedScope>): boolean => {
  for (const { active } of scopes.values()) if (active > 0) return false;
  return true;
};

/** A map's entries stand in the order in which they were last used. */
function touched<V>(map: Map<string, V>, key: string, make: () => V): V {
  const value = map.get(key) ?? make();
  map.delete(key);
  map.set(key, value);
  return value;
}

function bound<V>(map: Map<string, V>, most: number, mayGo: (value: V) => boolean, kept: V): void {
  if (map.size <= most) return;
  for (const [key, value] of map) {
    if (value === kept || !mayGo(value)) continue;
    map.delete(key);
    return;
  }
}
