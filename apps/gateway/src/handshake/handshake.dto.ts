import { Flags, Text } from '#gateway/http/fields.js';

export class MCPHandshakeRequest {
  @Text({ max: 200 })
  client_name: string;

  @Text({ max: 100 })
  client_version: string;

  @Text({ max: 200 })
  workspace_id: string;

  @Text({ max: 100, optional: true })
  ide?: string;

  @Text({ max: 4_096, optional: true })
  workspace_root?: string;

  @Text({ max: 200, optional: true })
  user_id?: string;

  @Text({ max: 50, optional: true })
  protocol_version?: string;

  @Flags({ description: 'What the client can do.' })
  capabilities: Record<string, boolean>;
}
