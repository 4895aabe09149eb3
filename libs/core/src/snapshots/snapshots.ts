import { boolean, object, string, type Static } from '#schema/schema.js';
import type { Caller } from '#core/caller.js';
import { Instant, JsonObject, Uuid } from '#core/wire.js';

export const MCPSessionSnapshotResponse = object(
  {
    snapshot_id: Uuid,
    sha256: string({ pattern: '^[0-9a-f]{64}$' }),
    created_at: Instant,
    deduplicated: boolean({
      description: "True when the session's latest snapshot of this type has this content.",
    }),
  },
  { $id: 'MCPSessionSnapshotResponse' },
);
export type MCPSessionSnapshotResponse = Static<typeof MCPSessionSnapshotResponse>;

export const SnapshotOut = object(
  {
    id: Uuid,
    session_id: Uuid,
    snapshot_type: string(),
    payload: JsonObject,
    sha256: string({ pattern: '^[0-9a-f]{64}$' }),
    created_at: Instant,
  },
  { $id: 'SnapshotOut' },
);
export type SnapshotOut = Static<typeof SnapshotOut>;

export interface NewSnapshot {
  readonly session_id: string;
  readonly snapshot_type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface SnapshotFilter {
  readonly snapshot_type?: string;
  readonly limit: number;
}

export abstract class Snapshots {
  abstract take(caller: Caller, snapshot: NewSnapshot): Promise<MCPSessionSnapshotResponse>;
  /** Newest first. */
  abstract list(caller: Caller, sessionId: string, filter: SnapshotFilter): Promise<readonly SnapshotOut[]>;
}
