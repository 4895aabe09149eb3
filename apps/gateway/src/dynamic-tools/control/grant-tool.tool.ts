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
  granted: boolean(),
  expectedRevision: maybe(ExpectedRevision),
});

/** `dynamic.tool.grant`: fetch, callTool and kv work for it, or no longer. */
@Injectable()
export class GrantToolTool extends AdminTool<Static<typeof Input>> {
  constructor(
    private readonly tools: RecordedTools,
    adminToken: AdminToken,
  ) {
    super(
      {
        name: 'dynamic.tool.grant',
        title: 'Grant a dynamic tool its host functions',
        description:
          'Grants a dynamic tool the host functions that its latest version asks for (fetch, callTool, kv), or takes them back. ' +
          'Look with dynamic.tool.get at what it asks for, of which hosts and tools.',
        input: Input,
        output: OneTool,
        idempotent: true,
      },
      adminToken,
    );
  }

  protected async answer(
    _caller: Caller,
    { name, granted, expectedRevision }: Static<typeof Input>,
    { origin }: ToolCall,
  ) {
    const tool = await this.tools.grant(origin, name, granted, expectedRevision);
    return done(granted ? 'Granted the host functions of' : 'Took back the host functions of', tool);
  }
}
