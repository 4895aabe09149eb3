import { Injectable } from '@nestjs/common';
import { resultJson } from '#gateway/tools/result-json.js';
import type { ToolResult } from '#gateway/tools/tool.js';
import { documentOf } from './document-of.js';
import { JsonThread } from './json-thread.js';
import { MOST_KEPT_BYTES } from './kept-result.js';
import { KeptResults, type Place } from './kept-results.js';
import { principalOf } from '#core/principal.js';
import type { Settling } from './result-economics.service.js';
import { linkTo, uriOf } from './result-links.js';
import { ResultMetrics } from './results.metrics.js';
import { summaryOf } from './summary.js';

/** Characters of a summary at most; and of the room that the tool's results have, a part. */
const LONGEST_SUMMARY = 6_000;
const SHARE = 3;
/** What stands around the summary. */
const AROUND = 700;

export interface Spilled {
  readonly told: ToolResult;
  /** Where it is kept, where it is. */
  readonly place?: Place;
}

/** Keeps what is too large to be told, and tells what it is and where it can be read. */
@Injectable()
export class Spills {
  constructor(
    private readonly kept: KeptResults,
    private readonly json: JsonThread,
    private readonly metrics: ResultMetrics,
  ) {}

  /** @returns the result itself where it fits, or cannot be kept */
  async told({ tool, request }: Settling, result: ToolResult): Promise<Spilled> {
    const max = tool.maxResultBytes;
    const bytes = Buffer.byteLength(resultJson(result));
    if (tool.economics?.spill !== true || bytes <= max || bytes > MOST_KEPT_BYTES) return { told: result };
    const { name, outputSchema } = tool.definition;
    const document = documentOf(result);
    const place = await this.kept.keep(principalOf(request.caller), { tool: name, maxBytes: max, ...document });
    if (!place) return { told: result };
    const summary = (await summaryOf(result, document, this.json)).slice(
      0,
      Math.max(0, Math.min(LONGEST_SUMMARY, Math.floor(max / SHARE) - AROUND)),
    );
    const here = place.isHereOnly ? ' Only this replica of the gateway has it, and only while it runs.' : '';
    const text = `[This result is ${bytes} bytes, ${max} are allowed. It is kept for an hour: read ${uriOf(place.id)} in parts (?offset=0&length=20000, ?lines=1-200, ?select=<JMESPath>).${here}]\n${summary.toWellFormed()}`;
    const told = {
      content: [{ type: 'text', text }, linkTo(place.id, name, document.mimeType, Buffer.byteLength(document.text))],
    };
    const answer = withStructure(told, result, max, outputSchema !== undefined);
    this.metrics.economised('spill', bytes, Buffer.byteLength(resultJson(answer)));
    return { told: answer, place };
  }
}

/** Structured content is there whole where there is room for it. A client that was promised it does not take a result without. */
function withStructure(told: ToolResult, result: ToolResult, max: number, isPromised: boolean): ToolResult {
  const { structuredContent, isError } = result;
  const answer: ToolResult = isError === true ? { ...told, isError } : told;
  if (structuredContent !== undefined) {
    const whole = { ...answer, structuredContent };
    if (Buffer.byteLength(JSON.stringify(whole)) <= max) return whole;
  }
  return isPromised ? { ...answer, isError: true } : answer;
}
