import { Injectable } from '@nestjs/common';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolSource } from '#gateway/tools/tool-source.js';

/** The tools of `config/tools.yaml`. */
@Injectable()
export class CatalogueSource extends ToolSource {
  readonly name = 'catalogue';
  private readonly offered: readonly Tool[] = [];

  tools(): readonly Tool[] {
    return this.offered;
  }
}
