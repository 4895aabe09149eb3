import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChangeRecords } from '#gateway/audit/change-records.service.js';
import { etagOf } from '#gateway/http/if-match.js';
import type { DynamicToolRecord } from '../dynamic-tool.schema.js';
import { DYNAMIC } from '../registry/taken-names.js';

/** What was done to a tool; records have it as `dynamic_tool.<verb>`. */
export type ToolVerb =
  | 'create'
  | 'update'
  | 'delete'
  | 'enable'
  | 'disable'
  | 'rollback'
  | 'approve'
  | 'grant'
  | 'revoke'
  | 'publish'
  | 'withdraw';

/** Leaves a record of each change over REST, and answers with the tool as it is now. */
@Injectable()
export class RecordedChanges {
  constructor(private readonly records: ChangeRecords) {}

  record(request: FastifyRequest, verb: ToolVerb, tool: string, status = 200): void {
    this.records.write(request, { event: `dynamic_tool.${verb}`, upstream: DYNAMIC, tool, status });
  }

  /** The tool with its `ETag`, once the record is written. */
  answer(
    request: FastifyRequest,
    reply: FastifyReply,
    verb: ToolVerb,
    tool: DynamicToolRecord,
    status = 200,
  ): DynamicToolRecord {
    this.record(request, verb, tool.name, status);
    reply.status(status).header('etag', etagOf(tool.revision));
    return tool;
  }
}
