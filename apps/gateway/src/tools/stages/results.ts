import { Injectable } from '@nestjs/common';
import { ResultEconomics, type Wishes } from '#gateway/results/result-economics.service.js';
import type { JsonObject, Tool, ToolAnswer } from '../tool.js';
import type { ToolRequest } from '../tool-request.js';
import { OutputSchemas } from './output-schemas.js';
import { Sanitiser } from './sanitise.js';
import type { Finished } from './work.js';

/** Makes of what a source said what a client may be told. */
@Injectable()
export class Results {
  constructor(
    private readonly schemas: OutputSchemas,
    private readonly sanitiser: Sanitiser,
    private readonly economics: ResultEconomics,
  ) {}

  /** What a caller wants of the result, taken off its arguments. @throws InvalidArguments */
  wishesOf(tool: Tool, given: JsonObject): Wishes | Promise<Wishes> {
    return this.economics.wishesOf(tool, given);
  }

  /** At once, unless the tool has promised a structure. @throws InvalidResult */
  finish(tool: Tool, answer: ToolAnswer): Finished | Promise<Finished> {
    this.sanitiser.checkShape(tool, answer);
    if (!tool.guarded || !tool.definition.outputSchema) return this.sanitiser.sanitise(tool, answer);
    return this.schemas.check(tool, answer).then(() => this.sanitiser.sanitise(tool, answer));
  }

  /** What this caller is told of a result that others may be told too: after the cache, for tools with economics. */
  async settle(tool: Tool, finished: Finished, request: ToolRequest, wishes: Wishes): Promise<Finished> {
    const { answer, bytes, flags } = finished;
    const settled = await this.economics.settle({ tool, request, wishes, answer, bytes });
    return settled === answer && bytes <= tool.maxResultBytes ? finished : this.sanitiser.fit(tool, settled, flags);
  }
}
