import type { Allowance } from '#config/rate-limits-file.js';
import type { Caller } from '#core/caller.js';
import { addressKey, segment, subjectKey } from './rate-limit.keys.js';
import type { AllowanceTable, LimitKind, RateLimitRules } from './rate-limit.rules.js';
import type { Demand } from './rate-limit.storage.js';

/** A demand with its names: `kind` for records, `name` for the client. */
export interface Limit extends Demand {
  readonly kind: LimitKind;
  readonly name: string;
  readonly seconds: number;
}

/** Everything that one call counts against. */
export interface Plan {
  readonly limits: readonly Limit[];
  /** The `RateLimit-Policy` field: it says the same at every call. */
  readonly policy: string;
}

const MOST_PLANS_OF_A_CALLER = 256;

/**
 * Works out once per caller and kind of call what it counts against: hashing and encoding cost more than counting. A
 * plan lives as long as its caller's remembered token, and no longer than the rules.
 */
export class RateLimitPlans {
  private readonly routes = new WeakMap<Caller, Map<string, Plan>>();
  private readonly tools = new WeakMap<Caller, Map<string, Plan>>();

  constructor(private readonly rules: RateLimitRules) {}

  /** A request, of a caller or of a stranger. */
  ofRequest(caller: Caller | undefined, operation: string, address: string): Plan {
    if (caller) return remembered(this.routes, caller, operation, () => this.routePlan(caller, operation));
    const key = `ratelimit::address:${this.rules.anonymous.seconds}:${addressKey(address)}`;
    return planOf([limitOf(key, this.rules.anonymous, 'address', 'address')]);
  }

  /** A call of a tool, beside the request that it came with. */
  ofTool(caller: Caller, tool: string): Plan {
    return remembered(this.tools, caller, tool, () => {
      const table = this.rules.tool(tool);
      const limits = table ? limitsOf(caller, table, `tool.${segment(tool)}`, `tool-${segment(tool)}`) : [];
      return planOf(limits.map((limit) => ({ ...limit, kind: 'tool' as const })));
    });
  }

  private routePlan(caller: Caller, operation: string): Plan {
    const groups = this.rules.groupsOf(operation);
    const own = groups.flatMap(({ name, table }) =>
      limitsOf(caller, table, `route.${name}`, name).map((limit) => ({ ...limit, kind: 'route' as const })),
    );
    const apart = groups.some((group) => group.apart);
    return planOf(apart ? own : [...limitsOf(caller, this.rules.general, 'calls', ''), ...own]);
  }
}

function remembered(plans: WeakMap<Caller, Map<string, Plan>>, caller: Caller, name: string, make: () => Plan): Plan {
  let own = plans.get(caller);
  if (!own) plans.set(caller, (own = new Map<string, Plan>()));
  let plan = own.get(name);
  if (plan) return plan;
  plan = make();
  if (own.size < MOST_PLANS_OF_A_CALLER) own.set(name, plan);
  return plan;
}

/** The subject's limit first. `name` is empty for the limits that hold for every call. */
function limitsOf(caller: Caller, table: AllowanceTable, scope: string, name: string): Limit[] {
  const limits: Limit[] = [];
  const { allowance, byTier } = table.subject(caller);
  const prefix = `ratelimit:${segment(caller.tenant)}:${scope}`;
  if (allowance) {
    const key = `${prefix}:${allowance.seconds}:${subjectKey(caller.issuer, caller.subject)}`;
    const kind = byTier ? 'tier' : 'subject';
    limits.push(limitOf(key, allowance, kind, name || kind));
  }
  const ofTenant = table.tenant(caller);
  if (ofTenant) {
    limits.push(limitOf(`${prefix}:${ofTenant.seconds}:all`, ofTenant, 'tenant', name ? `${name}-tenant` : 'tenant'));
  }
  return limits;
}

const limitOf = (key: string, { limit, seconds }: Allowance, kind: LimitKind, name: string): Limit => ({
  key,
  limit,
  seconds,
  windowMs: seconds * 1_000,
  kind,
  name,
});

const planOf = (limits: readonly Limit[]): Plan => ({
  limits,
  policy: limits.map(({ name, limit, seconds }) => `"${name}";q=${limit};w=${seconds}`).join(', '),
});
