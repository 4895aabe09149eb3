import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { MCPSessionSnapshotResponse, SnapshotOut, Snapshots } from '#core/snapshots/snapshots.js';
import { CurrentCaller, Scopes } from '#gateway/auth/auth.decorators.js';
import { Answers, listOf } from '#gateway/http/answers.js';
import { API_BASE } from '#gateway/http/base-path.js';
import { Group } from '#gateway/http/documented.js';
import { PathId } from '#gateway/http/path-id.js';
import { MCPSessionSnapshotRequest, SnapshotQuery } from './snapshots.dto.js';

@Group('snapshots')
@Controller(`${API_BASE}/state/session`)
export class SnapshotsController {
  constructor(private readonly snapshots: Snapshots) {}

  @Post()
  @Scopes('snapshots:write')
  @Answers(201, MCPSessionSnapshotResponse)
  takeSnapshot(@CurrentCaller() caller: Caller, @Body() body: MCPSessionSnapshotRequest) {
    return this.snapshots.take(caller, body);
  }

  @Get(':session_id')
  @Scopes('snapshots:read')
  @Answers(200, listOf(SnapshotOut), 'Newest first')
  listSnapshots(@CurrentCaller() caller: Caller, @PathId('session_id') id: string, @Query() query: SnapshotQuery) {
    return this.snapshots.list(caller, id, query);
  }
}
