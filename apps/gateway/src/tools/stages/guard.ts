import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { Bulkhead } from '#resilience/bulkhead.js';
import { originalOf, type Tool } from '../tool.js';
import { ToolStageMetrics } from '../tool-stages.metrics.js';
import { GuardRejection } from '../tools.errors.js';
import type { Work } from './work.js';

/** So many times its limit may wait. */
const WAITING_PER_PLACE = 4;

const bulkhead = (limit: number) => new Bulkhead(limit, limit * WAITING_PER_PLACE);

/** Bounds the calls that run at once: of a tool, where it says so, and of its upstream. */
@Injectable()
export class Guard {
  private readonly upstreams = new Map<string, Bulkhead>();
  /** A changed tool begins anew; the calls of the one before drain. */
  private readonly tools = new WeakMap<Tool, readonly Bulkhead[]>();
  private readonly limit: number;

  constructor(
    config: ConfigService<Config, true>,
    private readonly metrics: ToolStageMetrics,
  ) {
    this.limit = config.get('TOOL_UPSTREAM_CONCURRENCY', { infer: true });
  }

  /** Waits for a place, while the call has time. Whoever has entered leaves. @throws GuardRejection */
  async enter(work: Work): Promise<void> {
    const bulkheads = this.of(work.tool);
    for (let i = 0; i < bulkheads.length; i++) {
      if (bulkheads[i]!.tryEnter()) continue;
      try {
        await this.queue(work, bulkheads[i]!, i === bulkheads.length - 1);
      } catch (error) {
        for (let entered = 0; entered < i; entered++) bulkheads[entered]!.leave();
        throw error;
      }
    }
  }

  leave(tool: Tool): void {
    for (const entered of this.of(tool)) entered.leave();
  }

  private async queue({ tool, time }: Work, full: Bulkhead, ofUpstream: boolean): Promise<void> {
    const waiting = full.wait();
    if (!waiting) {
      this.metrics.guardRejections.inc({ upstream: tool.upstream });
      throw new GuardRejection(ofUpstream ? tool.upstream : tool.definition.name);
    }
    try {
      await time.during(() => waiting.entered);
    } catch (error) {
      waiting.giveUp();
      throw error;
    }
  }

  /** The tool's own first: it is the smaller one. */
  private of(called: Tool): readonly Bulkhead[] {
    const tool = originalOf(called);
    let bulkheads = this.tools.get(tool);
    if (!bulkheads) {
      let upstream = this.upstreams.get(tool.upstream);
      if (!upstream) this.upstreams.set(tool.upstream, (upstream = bulkhead(tool.upstreamConcurrency ?? this.limit)));
      bulkheads = tool.concurrency === undefined ? [upstream] : [bulkhead(tool.concurrency), upstream];
      this.tools.set(tool, bulkheads);
    }
    return bulkheads;
  }
}
