import { Injectable, Logger } from '@nestjs/common';
import { BREAKER_STATES, type BreakerOutcome, CircuitBreaker } from '#resilience/circuit-breaker.js';
import { originalOf, type Tool } from '../tool.js';
import { ToolDirectory } from '../tool-directory.js';
import { ToolStageMetrics } from '../tool-stages.metrics.js';
import {
  BackendUnavailable,
  BreakerNotFound,
  CircuitOpen,
  InvalidResult,
  ToolTimeout,
  UpstreamResponse,
  UpstreamRpcError,
} from '../tools.errors.js';

/** The breaker of a tool at its upstream. */
export interface NamedBreaker {
  /** `<upstream>:<tool>`. */
  readonly name: string;
  readonly tool: Tool;
  readonly breaker: CircuitBreaker;
}

/** One breaker for each tool that can be away. */
@Injectable()
export class Breakers {
  private readonly logger = new Logger('Breakers');
  private readonly byName = new Map<string, CircuitBreaker>();
  private readonly byTool = new WeakMap<Tool, NamedBreaker>();

  constructor(
    private readonly directory: ToolDirectory,
    private readonly metrics: ToolStageMetrics,
  ) {
    metrics.breakerStates = () => this.states();
  }

  /** Calls, unless the breaker is open. @throws CircuitOpen, and whatever the call throws */
  async through<T>(tool: Tool, call: () => Promise<T>): Promise<T> {
    const named = this.of(originalOf(tool));
    const admission = named.breaker.admit();
    if (typeof admission === 'number') throw new CircuitOpen(tool.upstream, Math.ceil(admission / 1_000));
    let outcome: BreakerOutcome = 'unknown';
    try {
      const answer = await call();
      outcome = 'good';
      return answer;
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      this.tell(named, admission === 'probe', named.breaker.ended(admission, outcome));
    }
  }

  /** @throws BreakerNotFound */
  named(name: string): NamedBreaker {
    const found = this.all().find((one) => one.name === name);
    if (!found) throw new BreakerNotFound(name);
    return found;
  }

  /** Of every tool there is now, by name. What is of no tool any more is forgotten. */
  all(): NamedBreaker[] {
    const now = this.directory
      .all()
      .filter(({ guarded }) => guarded)
      .map((tool) => this.of(tool));
    const names = new Set(now.map(({ name }) => name));
    for (const name of this.byName.keys()) if (!names.has(name)) this.byName.delete(name);
    return now.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private of(tool: Tool): NamedBreaker {
    let named = this.byTool.get(tool);
    if (!named) {
      const name = `${tool.upstream}:${tool.definition.name}`;
      let breaker = this.byName.get(name);
      if (!breaker) this.byName.set(name, (breaker = new CircuitBreaker()));
      this.byTool.set(tool, (named = { name, tool, breaker }));
    }
    return named;
  }

  private tell({ name, breaker }: NamedBreaker, probed: boolean, opened: boolean): void {
    if (opened) {
      this.metrics.breakerOpenings.inc({ breaker: name });
      if (!probed) this.logger.warn(`${name} fails its calls and is not called any more`);
    } else if (probed && breaker.state === 'closed') {
      this.logger.log(`${name} answers again`);
    }
  }

  private *states(): Iterable<readonly [string, number]> {
    for (const { name, breaker } of this.all()) yield [name, BREAKER_STATES.indexOf(breaker.state)];
  }
}

/** Unreachable, too slow or a 5xx: the other side is not well. A 4xx is an answer, and ours to mend. */
function outcomeOf(error: unknown): BreakerOutcome {
  if (error instanceof BackendUnavailable || error instanceof ToolTimeout) return 'failed';
  if (error instanceof InvalidResult || error instanceof UpstreamRpcError) return 'good';
  if (!(error instanceof UpstreamResponse)) return 'unknown';
  return Number(error.details.members!['upstream_status']) >= 500 ? 'failed' : 'good';
}
