import { Injectable } from '@nestjs/common';
import { resultJson } from '#gateway/tools/result-json.js';
import type { ToolResult } from '#gateway/tools/tool.js';
import { SELECT } from './economics.schema.js';
import { JsonThread } from './json-thread.js';
import type { Settling } from './result-economics.service.js';
import { ResultMetrics } from './results.metrics.js';

/** Answers of a result only what the caller selected. */
@Injectable()
export class Selections {
  constructor(
    private readonly json: JsonThread,
    private readonly metrics: ResultMetrics,
  ) {}

  /** @returns the result itself where it is a failure: that is not what was to be selected from */
  async from({ bytes, tool }: Settling, result: ToolResult, expression: string): Promise<ToolResult> {
    if (result.isError === true) return result;
    const { json, shape, fault } = await this.json.ask({ text: resultJson(result), expression, isResult: true });
    if (fault !== undefined)
      return said(`${SELECT} could not be applied: ${fault}. Nothing of the result is shown.`, true);
    if (json === undefined) return said(`${SELECT} selected nothing. The result is: ${shape}`);
    this.metrics.economised('select', bytes, Buffer.byteLength(json));
    const content = [{ type: 'text', text: json }];
    // What is too large goes to where it is kept: nobody parses megabytes for that.
    return json.length > tool.maxResultBytes
      ? { content }
      : { content, structuredContent: JSON.parse(json) as unknown };
  }
}

const said = (text: string, isError = false): ToolResult => ({
  content: [{ type: 'text', text }],
  ...(isError && { isError }),
});
