import { Identifier, Instant, Limit } from '#gateway/http/fields.js';

export class MCPInsightsQuery {
  @Identifier()
  session_id: string;

  @Instant({ optional: true, description: 'Insights made then or later.' })
  since?: string;

  @Limit()
  limit: number = 50;
}
