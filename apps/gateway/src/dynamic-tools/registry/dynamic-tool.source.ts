import { Injectable } from '@nestjs/common';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolSource } from '#gateway/tools/tool-source.js';
import { LiveTools } from './live-tools.js';
import { DYNAMIC } from './taken-names.js';

/** The dynamic tools of every tenant. */
@Injectable()
export class DynamicToolSource extends ToolSource {
  readonly name = DYNAMIC;

  constructor(private readonly live: LiveTools) {
    super();
  }

  override get settling(): Promise<void> | undefined {
    return this.live.settling;
  }

  tools(): readonly Tool[] {
    return this.live.tools();
  }
}
