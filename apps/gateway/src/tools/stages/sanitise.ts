import { Injectable } from '@nestjs/common';
import { resultJson } from '../result-json.js';
import { type ContentBlock, type InputRequired, isInputRequired, type Tool, type ToolAnswer } from '../tool.js';
import { ToolStageMetrics } from '../tool-stages.metrics.js';
import { InvalidResult } from '../tools.errors.js';
import { capResult } from './cap-result.js';
import { cleanValue, isSuspicious } from './clean-text.js';
import type { Finished } from './work.js';

/** What is larger is cut, whatever its tool's terms. */
const MOST_WHOLE_BYTES = 32 * 1_024 * 1_024;

/** What had hidden text in it, as records have it. */
const HIDDEN_TEXT: readonly string[] = ['hidden_text_removed'];

/** Lets nothing through that is no result, that hides something from the reader, or that is larger than its tool may answer. */
@Injectable()
export class Sanitiser {
  constructor(private readonly metrics: ToolStageMetrics) {}

  /** The source's own answer when there is nothing to change. @throws InvalidResult */
  sanitise(tool: Tool, given: ToolAnswer): Finished {
    let answer = given;
    let json = this.attempt(tool, () => resultJson(given));
    let flags: readonly string[] | undefined;
    if (isSuspicious(json)) {
      answer = this.attempt(tool, () => cleaned(given));
      if (answer !== given) {
        json = resultJson(answer);
        flags = HIDDEN_TEXT;
        this.metrics.results.inc({ change: 'cleaned' });
      }
    }
    let bytes = Buffer.byteLength(json);
    if (bytes > tool.maxResultBytes && (isInputRequired(answer) || !staysWhole(tool, bytes))) {
      answer = this.cut(tool, answer, bytes);
      bytes = Buffer.byteLength(resultJson(answer));
    }
    return flags ? { answer, bytes, flags } : { answer, bytes };
  }

  /** What was made of an answer that is clean: cut where it is still too large. */
  fit(tool: Tool, given: ToolAnswer, flags?: readonly string[]): Finished {
    let answer = given;
    let bytes = Buffer.byteLength(resultJson(given));
    if (bytes > tool.maxResultBytes) {
      answer = this.cut(tool, given, bytes);
      bytes = Buffer.byteLength(resultJson(answer));
    }
    return flags ? { answer, bytes, flags } : { answer, bytes };
  }

  /** @throws InvalidResult for what a source should not have said */
  checkShape(tool: Tool, given: unknown): void {
    const fault = faultOf(given);
    if (fault !== undefined) this.reject(tool, fault);
  }

  private attempt<T>(tool: Tool, make: () => T): T {
    try {
      return make();
    } catch {
      // A circle, a BigInt, or nesting without end.
      return this.reject(tool, 'it is not JSON that can be sent on');
    }
  }

  private cut(tool: Tool, answer: ToolAnswer, bytes: number): ToolAnswer {
    const { maxResultBytes: max, definition } = tool;
    if (isInputRequired(answer)) return this.reject(tool, `it asks for more input in ${bytes} bytes than ${max}`);
    this.metrics.results.inc({ change: 'cut' });
    return capResult(answer, bytes, max, definition.outputSchema !== undefined);
  }

  private reject({ upstream }: Tool, fault: string): never {
    this.metrics.results.inc({ change: 'rejected' });
    throw new InvalidResult(upstream, fault);
  }
}

/** It is kept, or selected from, before it is cut. */
const staysWhole = ({ economics }: Tool, bytes: number): boolean =>
  economics !== undefined && (economics.spill || economics.select) && bytes <= MOST_WHOLE_BYTES;

function faultOf(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return 'it is not an object';
  if (isInputRequired(given)) return isAsking(given) ? undefined : 'it asks for no input';
  const { content } = given as { content?: unknown };
  if (!Array.isArray(content)) return 'it has no content';
  return content.every(isBlock) ? undefined : 'its content has blocks without a type';
}

const isAsking = ({ inputRequests, requestState }: InputRequired): boolean =>
  (typeof inputRequests === 'object' && inputRequests !== null) || typeof requestState === 'string';

const isBlock = (block: unknown): block is ContentBlock =>
  typeof block === 'object' && block !== null && typeof (block as { type?: unknown }).type === 'string';

/** The state of a call that goes on is the source's own: nobody reads it, and it comes back as it went. */
function cleaned(answer: ToolAnswer): ToolAnswer {
  if (!isInputRequired(answer)) return cleanValue(answer) as ToolAnswer;
  const inputRequests = cleanValue(answer.inputRequests) as InputRequired['inputRequests'];
  return inputRequests === answer.inputRequests ? answer : { ...answer, inputRequests };
}
