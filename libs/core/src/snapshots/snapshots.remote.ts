import { array } from '#schema/schema.js';
import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { CoreClient } from '#core/remote/core-client.js';
import {
  MCPSessionSnapshotResponse,
  type NewSnapshot,
  type SnapshotFilter,
  SnapshotOut,
  Snapshots,
} from './snapshots.js';

const SnapshotList = array(SnapshotOut);

/** Snapshots of Achilles Core. */
@Injectable()
export class RemoteSnapshots extends Snapshots {
  constructor(private readonly core: CoreClient) {
    super();
  }

  async take(caller: Caller, snapshot: NewSnapshot): Promise<MCPSessionSnapshotResponse> {
    const path = '/state/session';
    const call = { method: 'POST', path, answer: MCPSessionSnapshotResponse, repeatable: true } as const;
    return (await this.core.call(caller, { ...call, body: snapshot })).body;
  }

  async list(caller: Caller, sessionId: string, filter: SnapshotFilter): Promise<readonly SnapshotOut[]> {
    const path = `/state/session/${sessionId}`;
    const call = { method: 'GET', path, answer: SnapshotList, repeatable: true } as const;
    return (await this.core.call(caller, { ...call, query: { ...filter } })).body;
  }
}
