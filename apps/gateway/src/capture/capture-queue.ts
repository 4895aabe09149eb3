import { isInputRequired } from '#gateway/tools/tool.js';
import type { ToolCallEnd } from '#gateway/tools/tool-request.js';

export interface QueueBounds {
  readonly calls: number;
  readonly bytes: number;
}

/** Of a call itself, beside what it carries. */
const BARE_BYTES = 1_024;

/** Calls that wait to be written, first in, first out, and never more than the bounds allow. */
export class CaptureQueue {
  private readonly calls: ToolCallEnd[] = [];
  private weight = 0;

  constructor(private readonly bounds: QueueBounds) {}

  get size(): number {
    return this.calls.length;
  }

  /** @returns false when there is no room: the call is not taken */
  push(call: ToolCallEnd): boolean {
    const weight = weightOf(call);
    if (this.calls.length >= this.bounds.calls || this.weight + weight > this.bounds.bytes) return false;
    this.calls.push(call);
    this.weight += weight;
    return true;
  }

  /** The oldest, `most` at the most. */
  take(most: number): ToolCallEnd[] {
    const taken = this.calls.splice(0, most);
    for (const call of taken) this.weight -= weightOf(call);
    return taken;
  }
}

/** Roughly how much memory the call holds: the texts that it came with and was answered. */
function weightOf({ request, answer, outputBytes }: ToolCallEnd): number {
  let weight = BARE_BYTES + (outputBytes ?? 0);
  for (const name in request.arguments) {
    const value = request.arguments[name];
    if (typeof value === 'string') weight += value.length;
  }
  if (outputBytes !== undefined || !answer || isInputRequired(answer)) return weight;
  for (const { text, data } of answer.content) {
    if (typeof text === 'string') weight += text.length;
    if (typeof data === 'string') weight += data.length;
  }
  return weight;
}
