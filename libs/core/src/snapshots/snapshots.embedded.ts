import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { canonicalJson } from '#core/canonical-json.js';
import { SessionNotFound } from '#core/core.errors.js';
import { newId } from '#core/identifiers.js';
import { requireSession } from '#core/sessions/session-access.js';
import { Database } from '#database/database.js';
import {
  type MCPSessionSnapshotResponse,
  type NewSnapshot,
  type SnapshotFilter,
  type SnapshotOut,
  Snapshots,
} from './snapshots.js';

/** Snapshots in PostgreSQL. */
@Injectable()
export class EmbeddedSnapshots extends Snapshots {
  constructor(private readonly database: Database) {
    super();
  }

  /** The session is locked meanwhile, so that of two equal snapshots at once one is the other's duplicate. */
  take(caller: Caller, snapshot: NewSnapshot): Promise<MCPSessionSnapshotResponse> {
    const { session_id: sessionId, snapshot_type: type } = snapshot;
    const payload = canonicalJson(snapshot.payload);
    const sha256 = hash('sha256', payload);
    return this.database.transaction().execute(async (transaction) => {
      const session = await transaction
        .selectFrom('sessions')
        .select('id')
        .where('tenant', '=', caller.tenant)
        .where('id', '=', sessionId)
        .forNoKeyUpdate()
        .executeTakeFirst();
      if (!session) throw new SessionNotFound(sessionId);
      const latest = await transaction
        .selectFrom('snapshots')
        .select(['id', 'sha256', 'created_at'])
        .where('session_id', '=', sessionId)
        .where('tenant', '=', caller.tenant)
        .where('snapshot_type', '=', type)
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst();
      const deduplicated = latest?.sha256.toString('hex') === sha256;
      const row = deduplicated
        ? latest!
        : await transaction
            .insertInto('snapshots')
            .values({
              id: newId(),
              tenant: caller.tenant,
              session_id: sessionId,
              snapshot_type: type,
              payload,
              sha256: Buffer.from(sha256, 'hex'),
            })
            .returning(['id', 'created_at'])
            .executeTakeFirstOrThrow();
      return { snapshot_id: row.id, sha256, created_at: row.created_at.toISOString(), deduplicated };
    });
  }

  async list(caller: Caller, sessionId: string, filter: SnapshotFilter): Promise<readonly SnapshotOut[]> {
    await requireSession(this.database, caller, sessionId);
    let query = this.database
      .selectFrom('snapshots')
      .select(['id', 'session_id', 'snapshot_type', 'payload', 'sha256', 'created_at'])
      .where('tenant', '=', caller.tenant)
      .where('session_id', '=', sessionId);
    if (filter.snapshot_type !== undefined) query = query.where('snapshot_type', '=', filter.snapshot_type);
    const rows = await query.orderBy('id', 'desc').limit(filter.limit).execute();
    return rows.map((row) => ({
      ...row,
      sha256: row.sha256.toString('hex'),
      created_at: row.created_at.toISOString(),
    }));
  }
}
