import type { FastifyReply } from 'fastify';
import { etagOf } from '#gateway/http/if-match.js';
import type { DynamicToolRecord } from '../dynamic-tool.schema.js';

/** The tool as it is now, with its `ETag`. */
export function answered(reply: FastifyReply, tool: DynamicToolRecord, status = 200): DynamicToolRecord {
  reply.status(status).header('etag', etagOf(tool.revision));
  return tool;
}
