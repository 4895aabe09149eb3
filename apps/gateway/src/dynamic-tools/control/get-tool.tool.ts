import { Injectable } from '@nestjs/common';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import type { Caller } from '#core/caller.js';
import { object, type Static } from '#schema/schema.js';
import { ToolName } from '../dynamic-tool.schema.js';
import { DynamicTools } from '../dynamic-tools.service.js';
import { AdminTool } from './admin-tool.js';
import { OneTool, shown } from './tool-answers.js';

const Input = object({
  name: ToolName,
});

/** `dynamic.tool.get`: one of them, with its code. */
@Injectable()
export class GetToolTool extends AdminTool<Static<typeof Input>> {
  constructor(
    private readonly dynamicTools: DynamicTools,
    adminToken: AdminToken,
  ) {
    super(
      {
        name: 'dynamic.tool.get',
        title: 'Look at a dynamic tool',
        description:
          'Shows one dynamic tool with its code, and its revision: send that back as expectedRevision when you change it.',
        input: Input,
        output: OneTool,
        readOnly: true,
        idempotent: true,
      },
      adminToken,
    );
  }

  protected async answer(caller: Caller, { name }: Static<typeof Input>) {
    return shown({ tool: await this.dynamicTools.get(caller, name) });
  }
}
