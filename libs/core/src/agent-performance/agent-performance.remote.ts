import { array } from '#schema/schema.js';
import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { CoreClient } from '#core/remote/core-client.js';
import { AgentPerformance, type AgentPerformanceFilter, AgentPerformanceSnapshot } from './agent-performance.js';

const PerformanceList = array(AgentPerformanceSnapshot);

/** Agent performance of Achilles Core. */
@Injectable()
export class RemoteAgentPerformance extends AgentPerformance {
  constructor(private readonly core: CoreClient) {
    super();
  }

  async ofSession(caller: Caller, sessionId: string): Promise<readonly AgentPerformanceSnapshot[]> {
    const path = `/mcp/sessions/${sessionId}/agent-performance`;
    return (await this.core.call(caller, { method: 'GET', path, answer: PerformanceList, repeatable: true })).body;
  }

  async list(caller: Caller, filter: AgentPerformanceFilter): Promise<readonly AgentPerformanceSnapshot[]> {
    const call = { method: 'GET', path: '/agents/performance', answer: PerformanceList, repeatable: true } as const;
    return (await this.core.call(caller, { ...call, query: { ...filter } })).body;
  }
}
