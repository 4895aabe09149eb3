import { Injectable } from '@nestjs/common';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import type { Caller } from '#core/caller.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import { maybe, object, type Static } from '#schema/schema.js';
import { DynamicToolPatch, ExpectedRevision, ToolName } from '../dynamic-tool.schema.js';
import { RecordedTools } from '../recorded-tools.service.js';
import { AdminTool } from './admin-tool.js';
import { done, OneTool } from './tool-answers.js';

const Input = object({
  name: ToolName,
  patch: DynamicToolPatch,
  expectedRevision: maybe(ExpectedRevision),
});

/** `dynamic.tool.update`: only what the patch names. */
@Injectable()
export class UpdateToolTool extends AdminTool<Static<typeof Input>> {
  constructor(
    private readonly tools: RecordedTools,
    adminToken: AdminToken,
  ) {
    super(
      {
        name: 'dynamic.tool.update',
        title: 'Change a dynamic tool',
        description:
          'Changes what patch names of a dynamic tool, and leaves the rest. Nothing is changed when the tool is at another ' +
          'revision than expectedRevision. Every version is kept: dynamic.tool.rollback goes back to one.',
        input: Input,
        output: OneTool,
        idempotent: false,
      },
      adminToken,
    );
  }

  protected async answer(
    _caller: Caller,
    { name, patch, expectedRevision }: Static<typeof Input>,
    { origin }: ToolCall,
  ) {
    return done('Updated', await this.tools.update(origin, name, patch, expectedRevision));
  }
}
