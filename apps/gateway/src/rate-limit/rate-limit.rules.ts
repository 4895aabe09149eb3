import type { Allowance, Allowances, RateLimitsFile } from '#config/rate-limits-file.js';
import type { Caller } from '#core/caller.js';

/** What a limit is counted for: what a refused caller is told, and a label of the metrics. */
export const LIMIT_KINDS = ['subject', 'tier', 'tenant', 'route', 'tool', 'address'] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];

interface Pair {
  readonly subject?: Allowance;
  readonly tenant?: Allowance;
}

/** Allowances of one kind of call. Looked up in Maps: names are the callers' choice, `__proto__` among them. */
export class AllowanceTable {
  private readonly tiers: ReadonlyMap<string, Pair>;
  private readonly tenants: ReadonlyMap<string, Pair>;

  constructor(private readonly base: Allowances) {
    this.tiers = new Map(Object.entries<Pair>(base.tiers ?? {}));
    this.tenants = new Map(Object.entries<Pair>(base.tenants ?? {}));
  }

  /** A subject's own, and whether it is its tier's. */
  subject({ tenant, tier }: Caller): { readonly allowance?: Allowance; readonly byTier: boolean } {
    const own = this.tenants.get(tenant)?.subject;
    const ofTier = own ? undefined : this.tiers.get(tier)?.subject;
    return { allowance: own ?? ofTier ?? this.base.subject, byTier: ofTier !== undefined };
  }

  tenant({ tenant, tier }: Caller): Allowance | undefined {
    return this.tenants.get(tenant)?.tenant ?? this.tiers.get(tier)?.tenant ?? this.base.tenant;
  }
}

export interface RouteGroup {
  readonly name: string;
  readonly apart: boolean;
  readonly table: AllowanceTable;
}

const NONE: readonly RouteGroup[] = [];

/** The rules of `config/rate-limits.yaml`, ready to be asked. */
export class RateLimitRules {
  readonly general: AllowanceTable;
  readonly anonymous: Allowance;
  private readonly groups = new Map<string, RouteGroup[]>();
  private readonly tools: ReadonlyMap<string, AllowanceTable>;

  constructor(file: RateLimitsFile, requestsPerMinute: number) {
    const fallback = { limit: requestsPerMinute, seconds: 60 };
    this.general = new AllowanceTable({ ...file, subject: file.subject ?? fallback });
    this.anonymous = file.anonymous ?? fallback;
    for (const [name, { operations, apart = false, ...allowances }] of Object.entries(file.routes ?? {})) {
      const group = { name, apart, table: new AllowanceTable(allowances) };
      for (const operation of new Set(operations)) {
        this.groups.set(operation, [...(this.groups.get(operation) ?? []), group]);
      }
    }
    const tools = Object.entries(file.tools ?? {});
    this.tools = new Map(tools.map(([name, allowances]) => [name, new AllowanceTable(allowances)]));
  }

  groupsOf(operation: string): readonly RouteGroup[] {
    return this.groups.get(operation) ?? NONE;
  }

  tool(name: string): AllowanceTable | undefined {
    return this.tools.get(name) ?? this.tools.get('*');
  }

  /** The operations that the rules name. */
  get operations(): readonly string[] {
    return [...this.groups.keys()];
  }
}
