import { Injectable } from '@nestjs/common';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import type { Caller } from '#core/caller.js';
import { maybe, object, type Static } from '#schema/schema.js';
import { DynamicToolPatch, ExpectedRevision, ToolName } from '../dynamic-tool.schema.js';
import { DynamicTools } from '../dynamic-tools.service.js';
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
    private readonly dynamicTools: DynamicTools,
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

  protected async answer(caller: Caller, { name, patch, expectedRevision }: Static<typeof Input>) {
    return done('Updated', await this.dynamicTools.update(caller, name, patch, expectedRevision));
  }
}
