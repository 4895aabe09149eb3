import { boolean, maybe, number, object, oneOf, string, type Static } from '#schema/schema.js';
import { Instant } from '#core/wire.js';

export const MCPHealthResponse = object(
  {
    status: oneOf(['ok', 'degraded']),
    uptime_seconds: number({ minimum: 0 }),
    accepting_signals: boolean(),
    last_ingest_error_at: maybe(Instant),
    version: string(),
  },
  { $id: 'MCPHealthResponse' },
);
export type MCPHealthResponse = Static<typeof MCPHealthResponse>;
