import { Injectable } from '@nestjs/common';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import type { Caller } from '#core/caller.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import { integer, maybe, object, type Static } from '#schema/schema.js';
import { ExpectedRevision, ToolName } from '../dynamic-tool.schema.js';
import { RecordedTools } from '../recorded-tools.service.js';
import { AdminTool } from './admin-tool.js';
import { done, OneTool } from './tool-answers.js';

const Input = object({
  name: ToolName,
  version: integer({ minimum: 1, description: 'As dynamic.tool.history lists it.' }),
  expectedRevision: maybe(ExpectedRevision),
});

/** `dynamic.tool.rollback`: makes a new version that is like an old one. */
@Injectable()
export class RollbackToolTool extends AdminTool<Static<typeof Input>> {
  constructor(
    private readonly tools: RecordedTools,
    adminToken: AdminToken,
  ) {
    super(
      {
        name: 'dynamic.tool.rollback',
        title: 'Go back to an earlier version',
        description:
          'Makes a dynamic tool what it was at an earlier version, as a new version. It also brings back a tool that was deleted.',
        input: Input,
        output: OneTool,
        idempotent: false,
      },
      adminToken,
    );
  }

  protected async answer(
    _caller: Caller,
    { name, version, expectedRevision }: Static<typeof Input>,
    { origin }: ToolCall,
  ) {
    return done('Rolled back', await this.tools.rollback(origin, name, version, expectedRevision));
  }
}
