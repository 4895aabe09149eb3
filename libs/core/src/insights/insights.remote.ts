import { array } from '#schema/schema.js';
import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { CoreClient } from '#core/remote/core-client.js';
import { type InsightFilter, InsightOut, Insights } from './insights.js';

const InsightList = array(InsightOut);

/** Insights of Achilles Core. */
@Injectable()
export class RemoteInsights extends Insights {
  constructor(private readonly core: CoreClient) {
    super();
  }

  async list(caller: Caller, filter: InsightFilter): Promise<readonly InsightOut[]> {
    const call = { method: 'GET', path: '/signals/insights', answer: InsightList, repeatable: true } as const;
    return (await this.core.call(caller, { ...call, query: { ...filter } })).body;
  }
}
