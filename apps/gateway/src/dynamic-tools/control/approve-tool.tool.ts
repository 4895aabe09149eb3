import { Injectable } from '@nestjs/common';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import type { Caller } from '#core/caller.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import { maybe, object, type Static } from '#schema/schema.js';
import { ExpectedRevision, ToolName } from '../dynamic-tool.schema.js';
import { RecordedTools } from '../recorded-tools.service.js';
import { AdminTool } from './admin-tool.js';
import { done, OneTool } from './tool-answers.js';

const Input = object({
  name: ToolName,
  expectedRevision: maybe(ExpectedRevision),
});

/** `dynamic.tool.approve`: the latest version is the one that is called from then on. */
@Injectable()
export class ApproveToolTool extends AdminTool<Static<typeof Input>> {
  constructor(
    private readonly tools: RecordedTools,
    adminToken: AdminToken,
  ) {
    super(
      {
        name: 'dynamic.tool.approve',
        title: 'Approve a change of a dynamic tool',
        description:
          'Approves the latest version of a dynamic tool where changes wait for that: from then on it is the one that is called. ' +
          'Nobody approves what he has written himself. Read it first, with dynamic.tool.get.',
        input: Input,
        output: OneTool,
        idempotent: false,
      },
      adminToken,
    );
  }

  protected async answer(_caller: Caller, { name, expectedRevision }: Static<typeof Input>, { origin }: ToolCall) {
    return done('Approved', await this.tools.approve(origin, name, expectedRevision));
  }
}
