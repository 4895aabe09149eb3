import { Injectable } from '@nestjs/common';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import type { Caller } from '#core/caller.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import { boolean, maybe, object, type Static, string } from '#schema/schema.js';
import { ExpectedRevision, ToolName } from '../dynamic-tool.schema.js';
import { RecordedTools } from '../recorded-tools.service.js';
import { AdminTool } from './admin-tool.js';

const Input = object({ name: ToolName, expectedRevision: maybe(ExpectedRevision) });

/** `dynamic.tool.delete`: nobody can call it any more; its versions are kept. */
@Injectable()
export class DeleteToolTool extends AdminTool<Static<typeof Input>> {
  constructor(
    private readonly tools: RecordedTools,
    adminToken: AdminToken,
  ) {
    super(
      {
        name: 'dynamic.tool.delete',
        title: 'Delete a dynamic tool',
        description:
          'Deletes a dynamic tool: nobody can call it any more. Its versions are kept, and dynamic.tool.rollback brings it back.',
        input: Input,
        output: object({ deleted: boolean(), name: string() }),
        destructive: true,
        idempotent: false,
      },
      adminToken,
    );
  }

  protected async answer(_caller: Caller, { name, expectedRevision }: Static<typeof Input>, { origin }: ToolCall) {
    await this.tools.delete(origin, name, expectedRevision);
    return { data: { deleted: true, name }, text: `Deleted dynamic tool: ${name}` };
  }
}
