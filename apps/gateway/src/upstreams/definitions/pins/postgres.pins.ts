import { type Kysely, sql, type Transaction } from 'kysely';
import { StoreUnavailable } from '#core/core.errors.js';
import { isStoreUnavailable } from '#database/store-fault.js';
import type { Tables } from '#database/tables.js';
import type { ToolDefinition } from '#gateway/tools/tool.js';
import { outcomeOf } from './memory.pins.js';
import { pendingTag } from './pending-tag.js';
import type { Decided, Decision, DecisionOutcome, PendingClass, Pin, PinnedDefinitions, PinWrite } from './pin.js';
import { Pins } from './pins.js';
import { WRITE_PINS } from './write-pins.sql.js';

interface Known {
  /** The sum of all revisions, and how many there are: other than before when anything is. */
  readonly mark: string;
  readonly pins: ReadonlyMap<string, Pin>;
}

/** In PostgreSQL. What has been read is kept as long as nothing has changed, which one small query tells. */
export class PostgresPins extends Pins {
  private readonly known = new Map<string, Known>();

  constructor(private readonly database: Kysely<Tables>) {
    super();
  }

  async of(upstream: string): Promise<ReadonlyMap<string, Pin>> {
    const known = this.known.get(upstream);
    try {
      if (known && known.mark === (await this.mark(upstream))) return known.pins;
      return await this.read(upstream);
    } catch (error) {
      // What was approved stays approved while the store is away.
      if (isStoreUnavailable(error) && known) return known.pins;
      throw isStoreUnavailable(error) ? new StoreUnavailable(error) : error;
    }
  }

  async definitions(upstream: string, tools?: readonly string[]): Promise<ReadonlyMap<string, PinnedDefinitions>> {
    let query = this.database
      .selectFrom('upstream_definitions')
      .select(['tool', 'approved', 'pending'])
      .where('upstream', '=', upstream);
    if (tools) query = query.where('tool', '=', sql<string>`any(${tools}::text[])`);
    const rows = await query.execute();
    return new Map(
      rows.map(({ tool, approved, pending }) => [
        tool,
        {
          ...(approved && { approved: approved as ToolDefinition }),
          ...(pending && { pending: pending as ToolDefinition }),
        },
      ]),
    );
  }

  async write(upstream: string, writes: readonly PinWrite[]): Promise<ReadonlySet<string>> {
    if (writes.length === 0) return new Set();
    // In one order: two replicas that write the same rows do not wait for each other for ever.
    const ordered = writes.toSorted((a, b) => (a.tool < b.tool ? -1 : 1));
    const { rows } = await WRITE_PINS(upstream, JSON.stringify(ordered)).execute(this.database);
    return new Set(rows.map(({ tool }) => tool));
  }

  async offered(upstream: string): Promise<readonly ToolDefinition[]> {
    const rows = await this.database
      .selectFrom('upstream_definitions')
      .select('approved')
      .where('upstream', '=', upstream)
      .where('offered', '=', true)
      .where('approved', 'is not', null)
      .orderBy('tool')
      .execute();
    return rows.map(({ approved }) => approved as ToolDefinition);
  }

  decide(upstream: string, tool: string, sha256: string, decision: Decision, by: string): Promise<DecisionOutcome> {
    return this.database.transaction().execute(async (transaction) => {
      const [row] = await lockedRows(transaction, upstream, tool);
      const outcome = outcomeOf(row, sha256, decision);
      if (outcome.outcome === 'decided') await settle(transaction, upstream, [tool], decision, by);
      return outcome;
    });
  }

  approveAll(
    upstream: string,
    classes: readonly PendingClass[],
    tag: string,
    by: string,
  ): Promise<readonly Decided[] | undefined> {
    return this.database.transaction().execute(async (transaction) => {
      const rows = await lockedRows(transaction, upstream);
      if (pendingTag(rows) !== tag) return undefined;
      const fitting = rows.filter(
        (row) => row.state === 'pending' && row.classes.every((kind) => classes.includes(kind)),
      );
      await settle(
        transaction,
        upstream,
        fitting.map(({ tool }) => tool),
        'approve',
        by,
      );
      return fitting.map(({ tool, approvedSha256, pendingSha256 }) => ({
        tool,
        from: approvedSha256,
        to: pendingSha256!,
      }));
    });
  }

  async decisions(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.database
      .selectFrom('upstream_definitions')
      .select(['upstream', ({ fn }) => fn.sum<string>('decisions').as('decisions')])
      .groupBy('upstream')
      .execute();
    return new Map(rows.map(({ upstream, decisions }) => [upstream, Number(decisions)]));
  }

  private async mark(upstream: string): Promise<string> {
    const { mark } = await this.database
      .selectFrom('upstream_definitions')
      .select(sql<string>`count(*) || ' ' || coalesce(sum(revision), 0)`.as('mark'))
      .where('upstream', '=', upstream)
      .executeTakeFirstOrThrow();
    return mark;
  }

  private async read(upstream: string): Promise<ReadonlyMap<string, Pin>> {
    const pins = await pinsOf(this.database, upstream).execute();
    const mark = `${pins.length} ${pins.reduce((sum, { revision }) => sum + revision, 0)}`;
    const known = { mark, pins: new Map(pins.map((pin) => [pin.tool, pin as Pin])) };
    this.known.set(upstream, known);
    return known.pins;
  }
}

const pinsOf = (database: Kysely<Tables>, upstream: string) =>
  database
    .selectFrom('upstream_definitions')
    .select(['tool', 'state', 'classes', 'harmless', 'offered', 'revision'])
    .select(['approved_sha256 as approvedSha256', 'pending_sha256 as pendingSha256', 'first_seen as firstSeen'])
    .select(['changed_at as changedAt', 'decided_at as decidedAt', 'decided_by as decidedBy'])
    .where('upstream', '=', upstream)
    .orderBy('tool');

async function lockedRows(transaction: Transaction<Tables>, upstream: string, tool?: string): Promise<readonly Pin[]> {
  const query = pinsOf(transaction, upstream).forUpdate();
  return (await (tool === undefined ? query : query.where('tool', '=', tool)).execute()) as Pin[];
}

async function settle(
  transaction: Transaction<Tables>,
  upstream: string,
  tools: readonly string[],
  decision: Decision,
  by: string,
): Promise<void> {
  const approval = {
    state: 'approved',
    approved: sql<string>`pending`,
    approved_sha256: sql<string>`pending_sha256`,
    pending: null,
    pending_sha256: null,
    classes: [] as string[],
    harmless: false,
  } as const;
  await transaction
    .updateTable('upstream_definitions')
    .set(decision === 'approve' ? approval : { state: 'rejected' })
    .set({ decided_at: sql<Date>`now()`, decided_by: by })
    .set(({ eb }) => ({ decisions: eb('decisions', '+', 1), revision: eb('revision', '+', 1) }))
    .where('upstream', '=', upstream)
    .where('tool', '=', sql<string>`any(${tools}::text[])`)
    .execute();
}
