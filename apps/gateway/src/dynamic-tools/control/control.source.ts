import { Inject, Injectable, type Type } from '@nestjs/common';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolSource } from '#gateway/tools/tool-source.js';

/** Injection token of the tools themselves. */
export const CONTROL_TOOLS = Symbol('CONTROL_TOOLS');

/** What makes, changes and runs dynamic tools, and what stands beside it, each in a file of its own. */
export const CONTROL_TOOL_TYPES: readonly Type<Tool>[] = [];

/** The tools, resources and the prompt of the dynamic-tools service itself. */
@Injectable()
export class ControlSource extends ToolSource {
  readonly name = 'dynamic-control';

  constructor(@Inject(CONTROL_TOOLS) private readonly offered: readonly Tool[]) {
    super();
  }

  tools(): readonly Tool[] {
    return this.offered;
  }
}
