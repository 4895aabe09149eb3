import { Injectable } from '@nestjs/common';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import type { Caller } from '#core/caller.js';
import { boolean, maybe, object, type Static } from '#schema/schema.js';
import { DynamicTools } from '../dynamic-tools.service.js';
import { AdminTool } from './admin-tool.js';
import { ManyTools, shown } from './tool-answers.js';

const Input = object({
  includeCode: maybe(boolean({ description: 'Default: false.' })),
});

/** `dynamic.tool.list`: those of the tenant, switched off ones too. */
@Injectable()
export class ListToolsTool extends AdminTool<Static<typeof Input>> {
  constructor(
    private readonly dynamicTools: DynamicTools,
    adminToken: AdminToken,
  ) {
    super(
      {
        name: 'dynamic.tool.list',
        title: 'List dynamic tools',
        description:
          'Lists the dynamic tools of your tenant by name, also those that are switched off or wait for approval. ' +
          'Their code is left out unless includeCode is true.',
        input: Input,
        output: ManyTools,
        readOnly: true,
        idempotent: true,
      },
      adminToken,
    );
  }

  protected async answer(caller: Caller, { includeCode = false }: Static<typeof Input>) {
    return shown({ tools: await this.dynamicTools.list(caller, includeCode) });
  }
}
