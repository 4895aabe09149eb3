import { Injectable } from '@nestjs/common';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolSource } from '#gateway/tools/tool-source.js';
import { DYNAMIC } from './taken-names.js';

/** The dynamic tools of every tenant. */
@Injectable()
export class DynamicToolSource extends ToolSource {
  readonly name = DYNAMIC;
  private readonly offered: readonly Tool[] = [];

  tools(): readonly Tool[] {
    return this.offered;
  }
}
