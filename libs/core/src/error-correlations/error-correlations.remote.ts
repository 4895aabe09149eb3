import { array } from '#schema/schema.js';
import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { CoreClient } from '#core/remote/core-client.js';
import { type CrossSessionFilter, ErrorCluster, ErrorCorrelations, EventCorrelation } from './error-correlations.js';

const ClusterList = array(ErrorCluster);
const CorrelationList = array(EventCorrelation);

/** Error clusters and correlations of Achilles Core. */
@Injectable()
export class RemoteErrorCorrelations extends ErrorCorrelations {
  constructor(private readonly core: CoreClient) {
    super();
  }

  async clustersOf(caller: Caller, sessionId: string): Promise<readonly ErrorCluster[]> {
    const path = `/mcp/sessions/${sessionId}/errors`;
    return (await this.core.call(caller, { method: 'GET', path, answer: ClusterList, repeatable: true })).body;
  }

  async correlationsOf(caller: Caller, sessionId: string): Promise<readonly EventCorrelation[]> {
    const path = `/mcp/sessions/${sessionId}/correlations`;
    return (await this.core.call(caller, { method: 'GET', path, answer: CorrelationList, repeatable: true })).body;
  }

  async clusters(caller: Caller, filter: CrossSessionFilter): Promise<readonly ErrorCluster[]> {
    const call = { method: 'GET', path: '/errors/clusters', answer: ClusterList, repeatable: true } as const;
    return (await this.core.call(caller, { ...call, query: { ...filter } })).body;
  }

  async correlations(caller: Caller, filter: CrossSessionFilter): Promise<readonly EventCorrelation[]> {
    const call = { method: 'GET', path: '/errors/correlations', answer: CorrelationList, repeatable: true } as const;
    return (await this.core.call(caller, { ...call, query: { ...filter } })).body;
  }
}
