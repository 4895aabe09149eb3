import { Injectable } from '@nestjs/common';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import type { Caller } from '#core/caller.js';
import { array, object, type Static, string } from '#schema/schema.js';
import { DynamicToolVersion, ToolName } from '../dynamic-tool.schema.js';
import { DynamicTools } from '../dynamic-tools.service.js';
import { AdminTool } from './admin-tool.js';
import { shown } from './tool-answers.js';

const Input = object({ name: ToolName });

/** `dynamic.tool.history`: who made which version, and when. */
@Injectable()
export class ReadHistoryTool extends AdminTool<Static<typeof Input>> {
  constructor(
    private readonly dynamicTools: DynamicTools,
    adminToken: AdminToken,
  ) {
    super(
      {
        name: 'dynamic.tool.history',
        title: 'Versions of a dynamic tool',
        description:
          'Lists every version of a dynamic tool, newest first: who made it, when, the hash of its code, and which one is ' +
          'called. Go back to one with dynamic.tool.rollback.',
        input: Input,
        output: object({ name: string(), versions: array(DynamicToolVersion) }),
        readOnly: true,
        idempotent: true,
      },
      adminToken,
    );
  }

  protected async answer(caller: Caller, { name }: Static<typeof Input>) {
    return shown({ name, versions: await this.dynamicTools.history(caller, name) });
  }
}
