import { AnyObject, Identifier, Limit, Text } from '#gateway/http/fields.js';

export class MCPSessionSnapshotRequest {
  @Identifier()
  session_id: string;

  @Text({ max: 100 })
  snapshot_type: string;

  @AnyObject()
  payload: Record<string, unknown>;
}

export class SnapshotQuery {
  @Text({ max: 100, optional: true })
  snapshot_type?: string;

  @Limit({ fallback: 20 })
  limit: number = 20;
}
