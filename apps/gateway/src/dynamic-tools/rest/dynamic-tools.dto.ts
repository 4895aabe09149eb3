import { Limit, OneOf, Text, Whole } from '#gateway/http/fields.js';

export class DynamicToolQuery {
  @OneOf(['true', 'false'], { optional: true, description: 'Whether each comes with its code. Default: false.' })
  include_code?: 'true' | 'false';

  @Limit()
  limit: number = 50;

  @Text({ max: 200, optional: true, description: '`next_cursor` of the page before.' })
  cursor?: string;
}

/** For clients that cannot say `If-Match`. */
export class ExpectedQuery {
  @Whole({
    optional: true,
    max: 2_147_483_647,
    description: 'As `If-Match`: the revision that was seen. When the tool is another by now, nothing is changed.',
  })
  expectedRevision?: number;
}
