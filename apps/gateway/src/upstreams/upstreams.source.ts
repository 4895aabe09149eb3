import { Injectable } from '@nestjs/common';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolSource } from '#gateway/tools/tool-source.js';

const NOTHING: readonly Tool[] = [];

/** What all upstreams offer at `/mcp`, under names that say where it comes from. */
@Injectable()
export class UpstreamsSource extends ToolSource {
  readonly name = 'upstreams';

  tools(): readonly Tool[] {
    return NOTHING;
  }
}
