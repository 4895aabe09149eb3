import { Injectable } from '@nestjs/common';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolSource } from '#gateway/tools/tool-source.js';
import { KeptResultResources } from './kept-result-resources.js';

const NONE: readonly Tool[] = [];

/** Results that are kept, as resources, on every mount whose tools may leave some. */
@Injectable()
export class ResultsSource extends ToolSource {
  readonly name = 'results';

  constructor(override readonly resources: KeptResultResources) {
    super();
  }

  tools(): readonly Tool[] {
    return NONE;
  }
}
