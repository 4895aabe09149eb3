import { Injectable } from '@nestjs/common';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import type { Caller } from '#core/caller.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import { boolean, maybe, object, type Static } from '#schema/schema.js';
import { ExpectedRevision, ToolName } from '../dynamic-tool.schema.js';
import { RecordedTools } from '../recorded-tools.service.js';
import { AdminTool } from './admin-tool.js';
import { done, OneTool } from './tool-answers.js';

const Input = object({
  name: ToolName,
  enabled: boolean(),
  expectedRevision: maybe(ExpectedRevision),
});

/** `dynamic.tool.enable`: one that is off can be called by nobody. */
@Injectable()
export class EnableToolTool extends AdminTool<Static<typeof Input>> {
  constructor(
    private readonly tools: RecordedTools,
    adminToken: AdminToken,
  ) {
    super(
      {
        name: 'dynamic.tool.enable',
        title: 'Switch a dynamic tool on or off',
        description: 'Switches a dynamic tool on or off. One that is off is in nobody’s list, and cannot be called.',
        input: Input,
        output: OneTool,
        idempotent: true,
      },
      adminToken,
    );
  }

  protected async answer(
    _caller: Caller,
    { name, enabled, expectedRevision }: Static<typeof Input>,
    { origin }: ToolCall,
  ) {
    const tool = await this.tools.enable(origin, name, enabled, expectedRevision);
    return done(enabled ? 'Enabled' : 'Disabled', tool);
  }
}
