import { Instant, Limit, Text } from '#gateway/http/fields.js';

export class AgentPerformanceQuery {
  @Text({ max: 200, optional: true })
  agent_id?: string;

  @Instant({ optional: true })
  since?: string;

  @Limit()
  limit: number = 50;
}
