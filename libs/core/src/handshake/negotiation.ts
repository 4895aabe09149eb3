import { MAX_EVENT_DEPTH } from '#core/signals/event-validator.js';
import { MAX_BATCH_EVENTS } from '#core/signals/signals.js';
import type { HandshakeInput, MCPHandshakeResponse } from './handshakes.js';

export const SERVER_NAME = 'achilles-gateway';

/** Newest first: the first is offered to a client that asks for another. */
export const PROTOCOL_VERSIONS = ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const;

/** What this server has; a client may use what it has too. */
const FEATURES = ['batch_events', 'deduplication', 'snapshots', 'insights', 'error_correlations', 'agent_performance'];

/** What the operator set, as the handshake tells it. */
export interface Offer {
  readonly version: string;
  readonly preferredBatchSize: number;
  readonly maxBatchBytes: number;
  readonly maxEventBytes: number;
  readonly tokenTtlSeconds: number;
}

/** Everything of the answer but the token. */
export function negotiate(
  input: HandshakeInput,
  offer: Offer,
): Omit<MCPHandshakeResponse, 'mcp_session_token' | 'expires_at'> {
  const asked = PROTOCOL_VERSIONS.find((version) => version === input.protocol_version);
  const names = [...new Set([...FEATURES, ...Object.keys(input.capabilities)])];
  const shared = (name: string) => FEATURES.includes(name) && input.capabilities[name] === true;
  return {
    server_name: SERVER_NAME,
    server_version: offer.version,
    protocol_version: asked ?? PROTOCOL_VERSIONS[0],
    preferred_batch_size: offer.preferredBatchSize,
    max_payload_bytes: offer.maxBatchBytes,
    features: Object.fromEntries(names.map((name) => [name, shared(name)])),
    limits: {
      max_batch_events: MAX_BATCH_EVENTS,
      max_event_bytes: offer.maxEventBytes,
      max_event_depth: MAX_EVENT_DEPTH,
      token_ttl_seconds: offer.tokenTtlSeconds,
    },
  };
}
