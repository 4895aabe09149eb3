import { Injectable } from '@nestjs/common';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolSource } from '#gateway/tools/tool-source.js';

/** What the gateway itself can do, as tools and resources. */
@Injectable()
export class BuiltinToolSource extends ToolSource {
  readonly name = 'builtin';
  private readonly offered: readonly Tool[] = [];

  tools(): readonly Tool[] {
    return this.offered;
  }
}
