import { Injectable } from '@nestjs/common';
import { BuiltinTool } from '#gateway/builtin-tools/builtin-tool.js';
import type { Caller } from '#core/caller.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import { boolean, maybe, object, type Static } from '#schema/schema.js';
import { ExpectedRevision, ToolName } from '../dynamic-tool.schema.js';
import { RecordedTools } from '../recorded-tools.service.js';
import { withAdminToken } from './admin-tool.js';
import { done, OneTool } from './tool-answers.js';

const Input = object({ name: ToolName, published: boolean(), expectedRevision: maybe(ExpectedRevision) });

/** `dynamic.tool.publish`: for operators. The admin token is each tenant's own affair, and does not do here. */
@Injectable()
export class PublishToolTool extends BuiltinTool<Static<typeof Input>> {
  constructor(private readonly tools: RecordedTools) {
    super({
      name: 'dynamic.tool.publish',
      title: 'Publish a dynamic tool to every tenant',
      description:
        'Shows a dynamic tool of your tenant to every tenant, or no longer. It needs the scope tools:publish; the admin token does not do.',
      ...withAdminToken(Input),
      output: OneTool,
      scope: 'tools:publish',
      idempotent: true,
    });
  }

  protected async answer(
    _caller: Caller,
    { name, published, expectedRevision }: Static<typeof Input>,
    { origin }: ToolCall,
  ) {
    const tool = await this.tools.publish(origin, name, published, expectedRevision);
    return done(published ? 'Published' : 'Unpublished', tool);
  }
}
