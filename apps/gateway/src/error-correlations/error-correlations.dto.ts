import { Identifier, Instant, Limit } from '#gateway/http/fields.js';

export class CrossSessionQuery {
  @Identifier({ optional: true })
  project_id?: string;

  @Instant({ optional: true })
  since?: string;

  @Limit()
  limit: number = 50;
}
