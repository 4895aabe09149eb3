import { Injectable } from '@nestjs/common';
import type { Tool, ToolAnswer } from '../tool.js';
import { OutputSchemas } from './output-schemas.js';
import { Sanitiser } from './sanitise.js';
import type { Finished } from './work.js';

/** Makes of what a source said what a client may be told. */
@Injectable()
export class Results {
  constructor(
    private readonly schemas: OutputSchemas,
    private readonly sanitiser: Sanitiser,
  ) {}

  /** At once, unless the tool has promised a structure. @throws InvalidResult */
  finish(tool: Tool, answer: ToolAnswer): Finished | Promise<Finished> {
    this.sanitiser.checkShape(tool, answer);
    if (!tool.guarded || !tool.definition.outputSchema) return this.sanitiser.sanitise(tool, answer);
    return this.schemas.check(tool, answer).then(() => this.sanitiser.sanitise(tool, answer));
  }
}
