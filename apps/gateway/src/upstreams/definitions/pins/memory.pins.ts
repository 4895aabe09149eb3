import type { ToolDefinition } from '#gateway/tools/tool.js';
import { pendingTag } from './pending-tag.js';
import type { Decided, Decision, DecisionOutcome, PendingClass, Pin, PinnedDefinitions, PinWrite } from './pin.js';
import { Pins } from './pins.js';

interface Row extends Pin, PinnedDefinitions {}

/** Without a database: for this process, until it ends. */
export class MemoryPins extends Pins {
  private readonly upstreams = new Map<string, ReadonlyMap<string, Row>>();
  private readonly decided = new Map<string, number>();

  of(upstream: string): Promise<ReadonlyMap<string, Row>> {
    return Promise.resolve(this.rows(upstream));
  }

  definitions(upstream: string, tools?: readonly string[]): Promise<ReadonlyMap<string, PinnedDefinitions>> {
    const rows = this.rows(upstream);
    return Promise.resolve(tools ? new Map([...rows].filter(([tool]) => tools.includes(tool))) : rows);
  }

  write(upstream: string, writes: readonly PinWrite[]): Promise<ReadonlySet<string>> {
    const rows = new Map(this.rows(upstream));
    const written = new Set<string>();
    for (const write of writes) {
      const before = rows.get(write.tool);
      if ((before?.revision ?? 0) !== write.revision) continue;
      rows.set(write.tool, after(before, write));
      written.add(write.tool);
    }
    this.upstreams.set(upstream, rows);
    return Promise.resolve(written);
  }

  offered(upstream: string): Promise<readonly ToolDefinition[]> {
    const rows = [...this.rows(upstream).values()];
    return Promise.resolve(rows.flatMap(({ offered, approved }) => (offered && approved ? [approved] : [])));
  }

  decide(upstream: string, tool: string, sha256: string, decision: Decision, by: string): Promise<DecisionOutcome> {
    const row = this.rows(upstream).get(tool);
    const outcome = outcomeOf(row, sha256, decision);
    if (outcome.outcome === 'decided') this.settle(upstream, [[row!, decision]], by);
    return Promise.resolve(outcome);
  }

  approveAll(
    upstream: string,
    classes: readonly PendingClass[],
    tag: string,
    by: string,
  ): Promise<readonly Decided[] | undefined> {
    const rows = [...this.rows(upstream).values()];
    if (pendingTag(rows) !== tag) return Promise.resolve(undefined);
    const fitting = rows.filter(
      (row) => row.state === 'pending' && row.classes.every((kind) => classes.includes(kind)),
    );
    this.settle(
      upstream,
      fitting.map((row) => [row, 'approve'] as const),
      by,
    );
    return Promise.resolve(
      fitting.map(({ tool, approvedSha256, pendingSha256 }) => ({ tool, from: approvedSha256, to: pendingSha256! })),
    );
  }

  decisions(): Promise<ReadonlyMap<string, number>> {
    return Promise.resolve(new Map(this.decided));
  }

  private rows(upstream: string): ReadonlyMap<string, Row> {
    return this.upstreams.get(upstream) ?? NO_ROWS;
  }

  private settle(upstream: string, decisions: readonly (readonly [Row, Decision])[], by: string): void {
    const rows = new Map(this.rows(upstream));
    for (const [{ pending, pendingSha256, ...row }, decision] of decisions) {
      const decided = { decidedAt: new Date(), decidedBy: by, revision: row.revision + 1 };
      if (decision === 'reject')
        rows.set(row.tool, { ...row, pending: pending!, pendingSha256, state: 'rejected', ...decided });
      else
        rows.set(row.tool, {
          ...row,
          ...NOTHING_PENDING,
          approved: pending!,
          approvedSha256: pendingSha256,
          ...decided,
        });
    }
    this.upstreams.set(upstream, rows);
    if (decisions.length > 0) this.decided.set(upstream, (this.decided.get(upstream) ?? 0) + decisions.length);
  }
}

const NO_ROWS: ReadonlyMap<string, Row> = new Map();
const NOTHING_PENDING = { state: 'approved', pendingSha256: null, classes: [], harmless: false } as const;

function after(before: Row | undefined, write: PinWrite): Row {
  const { take, definition, sha256, offered } = write;
  const now = new Date();
  const { pending, ...row } = before ?? { ...NEW, tool: write.tool, firstSeen: now };
  const next = { ...row, offered, revision: row.revision + 1 };
  if (take === 'withdraw') return { ...next, ...NOTHING_PENDING };
  if (take === 'keep') return pending ? { ...next, pending } : next;
  const changedAt = before ? now : null;
  if (take === 'approve') {
    const approval = { approved: definition!, approvedSha256: sha256!, decidedAt: now, decidedBy: null };
    return { ...next, ...NOTHING_PENDING, ...approval, changedAt };
  }
  const { classes = [], harmless = false } = write;
  return { ...next, state: 'pending', pending: definition!, pendingSha256: sha256!, classes, harmless, changedAt };
}

const NEW: Omit<Row, 'tool' | 'firstSeen'> = {
  ...NOTHING_PENDING,
  approvedSha256: null,
  offered: false,
  changedAt: null,
  decidedAt: null,
  decidedBy: null,
  revision: 0,
};

/** What becomes of a decision about the definition with this hash. */
export function outcomeOf(
  pin: Pick<Pin, 'tool' | 'state' | 'approvedSha256' | 'pendingSha256'> | undefined,
  sha256: string,
  decision: Decision,
): DecisionOutcome {
  if (!pin) return { outcome: 'unknown' };
  const { tool, state, approvedSha256: from, pendingSha256 } = pin;
  if (decision === 'approve' && state === 'approved' && from === sha256) return { outcome: 'unchanged' };
  if (pendingSha256 === null) return { outcome: 'nothing_pending' };
  if (pendingSha256 !== sha256) return { outcome: 'other', pending: pendingSha256 };
  if (decision === 'reject' && state === 'rejected') return { outcome: 'unchanged' };
  return { outcome: 'decided', decided: { tool, from, to: sha256 } };
}
