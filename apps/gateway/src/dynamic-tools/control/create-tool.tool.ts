import { Injectable } from '@nestjs/common';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import type { Caller } from '#core/caller.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import { object, type Static } from '#schema/schema.js';
import { DynamicToolDraft } from '../dynamic-tool.schema.js';
import { RecordedTools } from '../recorded-tools.service.js';
import { AdminTool } from './admin-tool.js';
import { done, OneTool } from './tool-answers.js';

const Input = object({
  tool: DynamicToolDraft,
});

/** `dynamic.tool.create`: a new tool of the tenant, callable at once. */
@Injectable()
export class CreateToolTool extends AdminTool<Static<typeof Input>> {
  constructor(
    private readonly tools: RecordedTools,
    adminToken: AdminToken,
  ) {
    super(
      {
        name: 'dynamic.tool.create',
        title: 'Create a dynamic tool',
        description:
          'Makes a tool out of JavaScript, at once callable by its name. tool.code is the body of an async function of args; ' +
          'declare tool.inputSchema and the arguments are held against it before the code runs. ' +
          'Look with dynamic.tool.list whether there is one already.',
        input: Input,
        output: OneTool,
        idempotent: false,
      },
      adminToken,
    );
  }

  protected async answer(_caller: Caller, { tool }: Static<typeof Input>, { origin }: ToolCall) {
    return done('Created', await this.tools.create(origin, tool));
  }
}
