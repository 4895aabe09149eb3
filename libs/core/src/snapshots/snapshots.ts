import Type, { type Static } from 'typebox';
import type { Caller } from '#core/caller.js';
import { Instant, JsonObject, Uuid } from '#core/wire.js';

export const MCPSessionSnapshotResponse = Type.Object(
  {
    snapshot_id: Uuid,
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    created_at: Instant,
    deduplicated: Type.Boolean({
      description: "True when the session's latest snapshot of this type has this content.",
    }),
  },
  { $id: 'MCPSessionSnapshotResponse' },
);
export type MCPSessionSnapshotResponse = Static<typeof MCPSessionSnapshotResponse>;

export const SnapshotOut = Type.Object(
  {
    id: Uuid,
    session_id: Uuid,
    snapshot_type: Type.String(),
    payload: JsonObject,
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
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
