import { Injectable } from '@nestjs/common';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import { isStoreUnavailable } from '#database/store-fault.js';
import type { JsonObject, ToolDefinition } from '#gateway/tools/tool.js';
import { ReplicaNews } from '#gateway/replicas/replica-news.service.js';
import { DefinitionReports } from './definition-reports.js';
import { examineOthers, examineTools } from './hygiene/examine-list.js';
import { sameJson } from '#gateway/tools/hygiene/json.js';
import type { Judged, Withheld } from './judged.js';
import { judgeList, type Round } from './judge-list.js';
import { Pins } from './pins/pins.js';

export type { Judged, Withheld } from './judged.js';

/** Of several replicas that write at once one comes first; the others look again, so often. */
const MOST_ROUNDS = 5;
const NOT_RECORDED = 'it cannot be recorded what it is';

/** Remembers what upstreams said that their tools are, and decides what of it is offered. */
@Injectable()
export class Definitions {
  /** What was listed last, by name: what is listed again stays the same object, and what is known of it goes on. */
  private readonly last = new Map<string, ReadonlyMap<string, ToolDefinition>>();
  /** Approved definitions that are offered in place of what is listed, by hash. */
  private readonly inPlace = new Map<string, ReadonlyMap<string, ToolDefinition>>();
  private readonly left = new Map<string, readonly Withheld[]>();
  private readonly listeners = new Set<(upstream: string) => void>();
  private decisions: ReadonlyMap<string, number> | undefined;

  constructor(
    private readonly pins: Pins,
    private readonly news: ReplicaNews,
    private readonly reports: DefinitionReports,
  ) {}

  /**
   * Called with the upstream's whole list whenever it has been read.
   * @throws StoreUnavailable where nothing is known of it and the store is away
   */
  async tools(spec: UpstreamSpec, listed: readonly ToolDefinition[]): Promise<Judged<ToolDefinition>> {
    const { offered: clean, withheld: excluded } = examineTools(this.steady(spec.name, listed));
    this.last.set(spec.name, new Map(clean.map((tool) => [tool.name, tool])));
    this.left.set(spec.name, excluded);
    for (let round = 1; ; round++) {
      const judged = await judgeList(spec, clean, this.pins, this.inPlace.get(spec.name));
      const written = await this.write(spec.name, judged);
      this.reports.changes(spec.name, judged.verdicts, written);
      const isDone = judged.writes.every(({ tool }) => written.has(tool));
      if (isDone || written === FAILED || round === MOST_ROUNDS) return this.outcome(spec, judged, written, excluded);
    }
  }

  /** Prompts, resources, templates: only what hides something, is oversized or cannot be told apart is left out. */
  others<T extends JsonObject>(_spec: UpstreamSpec, listed: readonly T[]): Judged<T> {
    return examineOthers(listed);
  }

  /** The tools that were offered when it was last seen, so that a start does not wait for an upstream that is away. */
  async lastKnown(spec: UpstreamSpec): Promise<readonly ToolDefinition[]> {
    try {
      return await this.pins.offered(spec.name);
    } catch (error) {
      // Without a memory the upstream is asked, as it would be anyway.
      if (isStoreUnavailable(error)) return [];
      throw error;
    }
  }

  /** Only somebody whom it knows could ask this upstream. Now it is known what there is, at replicas where nobody has come too. */
  firstSaid(upstream: string): Promise<void> {
    return this.news.tell({ kind: 'definitions', name: upstream });
  }

  /** The tools of the last list that cannot be offered at all, as this process saw it. */
  excluded(upstream: string): readonly Withheld[] {
    return this.left.get(upstream) ?? [];
  }

  /** Calls back when there is something else to offer, by an administrator's decision or another replica's look: the upstream's list is then made anew. */
  onDecision(listener: (upstream: string) => void): void {
    this.listeners.add(listener);
    if (this.listeners.size > 1) return;
    this.news.listen(
      ({ kind, name }) => {
        if (kind !== 'definitions') return;
        this.tell(name);
        void this.count().catch(() => undefined);
      },
      () => void this.look(),
    );
  }

  private steady(upstream: string, listed: readonly ToolDefinition[]): readonly ToolDefinition[] {
    const before = this.last.get(upstream);
    if (!before) return listed;
    return listed.map((tool) => {
      const known = before.get((tool as ToolDefinition | null)?.name ?? '');
      return known && sameJson(known, tool) ? known : tool;
    });
  }

  private async write(upstream: string, { writes }: Round): Promise<ReadonlySet<string>> {
    try {
      return await this.pins.write(upstream, writes);
    } catch (error) {
      this.reports.notRecorded(upstream, error as Error);
      return FAILED;
    }
  }

  /** What would be approved, had it been written, is not: two replicas might approve two different things. */
  private outcome(
    { name }: UpstreamSpec,
    { verdicts, approved }: Round,
    written: ReadonlySet<string>,
    excluded: readonly Withheld[],
  ): Judged<ToolDefinition> {
    const offered: ToolDefinition[] = [];
    const withheld: Withheld[] = [...excluded];
    const inPlace = new Map<string, ToolDefinition>();
    for (const [listed, verdict] of verdicts) {
      const isLost = verdict.write?.take === 'approve' && !written.has(listed.name);
      const old = verdict.offer === 'approved' ? approved.get(listed.name) : undefined;
      if (verdict.offer === 'listed' && !isLost) offered.push(listed);
      else if (old) {
        offered.push(old);
        inPlace.set(old.name, old);
      } else withheld.push({ name: listed.name, state: 'quarantined', reason: verdict.reason ?? NOT_RECORDED });
    }
    this.inPlace.set(name, inPlace);
    this.reports.counted(name, verdicts, excluded);
    return { offered, withheld };
  }

  private tell(upstream: string): void {
    for (const listener of this.listeners) listener(upstream);
  }

  /** News may have been lost: what was decided stands in the store. */
  private async look(): Promise<void> {
    const before = this.decisions;
    try {
      const now = await this.count();
      for (const [upstream, times] of now) if (before && before.get(upstream) !== times) this.tell(upstream);
    } catch {
      // The store is away; it tells so itself, and the next look comes.
    }
  }

  private async count(): Promise<ReadonlyMap<string, number>> {
    return (this.decisions = await this.pins.decisions());
  }
}

const FAILED: ReadonlySet<string> = new Set();
