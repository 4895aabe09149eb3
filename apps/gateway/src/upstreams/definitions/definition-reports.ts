import { Injectable, Logger } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { AuditService } from '#gateway/audit/audit.service.js';
import type { ToolDefinition } from '#gateway/tools/tool.js';
import type { Withheld } from './judged.js';
import type { PendingClass } from './pins/pin.js';
import type { Verdict } from './weigh.js';

const STATES = ['offered', 'approved_in_place', 'quarantined', 'excluded'] as const;
/** Tools that one line of the log names. */
const MOST_NAMED = 5;

type Verdicts = ReadonlyMap<ToolDefinition, Verdict>;

/** Tells people what upstreams have changed: one line in the log for a list, one record for a tool, a figure. */
@Injectable()
export class DefinitionReports {
  private readonly logger = new Logger('Definitions');
  private readonly counts = new Map<string, Readonly<Record<(typeof STATES)[number], number>>>();
  private readonly said = new Map<string, string>();

  constructor(
    registry: Registry,
    private readonly audit: AuditService,
  ) {
    const { counts } = this;
    new Gauge({
      name: 'achilles_upstream_definitions',
      help: 'Tools of each upstream: offered, offered as approved before, waiting or refused (quarantined), left out.',
      labelNames: ['upstream', 'state'],
      aggregator: 'max',
      registers: [registry],
      collect() {
        this.reset();
        for (const [upstream, ofStates] of counts) {
          for (const state of STATES) this.set({ upstream, state }, ofStates[state]);
        }
      },
    });
  }

  /** What one list has changed, as far as this process was the first to see it. */
  changes(upstream: string, verdicts: Verdicts, written: ReadonlySet<string>): void {
    const seen = [...verdicts].flatMap(([{ name }, { change, write }]) =>
      change && written.has(name) ? [{ name, sha256: write!.sha256!, ...change }] : [],
    );
    for (const accepted of [true, false]) {
      const some = seen.filter((change) => change.accepted === accepted);
      if (some.length === 0) continue;
      const what = accepted ? 'accepted by policy' : `see: achilles upstreams diff ${upstream}`;
      this.logger.warn(`${upstream}: ${named(some)} changed; ${what}`);
    }
    for (const change of seen) this.record(upstream, change);
  }

  /** What of a list is offered, and a line where what is left out is something else than before. */
  counted(upstream: string, verdicts: Verdicts, excluded: readonly Withheld[]): void {
    const all = [...verdicts.values()];
    const count = (offer: Verdict['offer']) => all.filter((verdict) => verdict.offer === offer).length;
    this.counts.set(upstream, {
      offered: count('listed'),
      approved_in_place: count('approved'),
      quarantined: count('nothing'),
      excluded: excluded.length,
    });
    const line = excluded.slice(0, MOST_NAMED).map(({ name, reason }) => `${name} (${reason})`);
    const text = excluded.length === 0 ? '' : `${excluded.length} tools left out: ${line.join('; ')}`;
    if (text !== '' && this.said.get(upstream) !== text) this.logger.warn(`${upstream}: ${text}`);
    this.said.set(upstream, text);
  }

  notRecorded(upstream: string, { message }: Error): void {
    this.logger.warn(`${upstream}: what it offers cannot be recorded, what is new waits: ${message}`);
  }

  private record(upstream: string, change: Seen): void {
    this.audit.record({
      event: 'definition.change',
      requestId: null,
      tenant: null,
      sub: null,
      clientId: null,
      tool: change.name,
      upstream,
      decision: change.accepted ? 'granted' : 'refused',
      reason: `${change.classes.join(', ')}, to ${change.sha256}`,
      status: null,
      latencyMs: 0,
      inputSha256: null,
      outputBytes: null,
      securityFlags: [],
      traceId: null,
    });
  }
}

interface Seen {
  readonly name: string;
  readonly sha256: string;
  readonly classes: readonly PendingClass[];
  readonly accepted: boolean;
}

function named(changes: readonly Seen[]): string {
  const names = changes.slice(0, MOST_NAMED).map(({ name, classes }) => `${name} (${classes.join(', ')})`);
  const more = changes.length > MOST_NAMED ? `, and ${changes.length - MOST_NAMED} more` : '';
  return `${names.join(', ')}${more} ${changes.length === 1 ? 'has' : 'have'}`;
}
