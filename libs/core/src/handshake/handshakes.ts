import { boolean, number, object, record, string, type Static } from '#schema/schema.js';
import type { Caller } from '#core/caller.js';
import { Count, Instant } from '#core/wire.js';

export const MCPHandshakeResponse = object(
  {
    server_name: string(),
    server_version: string(),
    protocol_version: string(),
    mcp_session_token: string(),
    expires_at: Instant,
    preferred_batch_size: Count,
    max_payload_bytes: Count,
    features: record(boolean()),
    limits: record(number()),
  },
  { $id: 'MCPHandshakeResponse' },
);
export type MCPHandshakeResponse = Static<typeof MCPHandshakeResponse>;

export interface HandshakeInput {
  readonly client_name: string;
  readonly client_version: string;
  readonly workspace_id: string;
  readonly ide?: string;
  readonly workspace_root?: string;
  readonly user_id?: string;
  readonly protocol_version?: string;
  readonly capabilities: Readonly<Record<string, boolean>>;
}

export abstract class Handshakes {
  /** Negotiates capabilities and gives out a token bound to the caller's tenant, subject and workspace. */
  abstract open(caller: Caller, input: HandshakeInput): Promise<MCPHandshakeResponse>;
  /** Whom an `mcp_session_token` speaks for, or undefined when it is unknown or has expired. */
  abstract callerOf(token: string): Promise<Caller | undefined>;
}
