import type { CallChannel } from '#gateway/tools/call-channel.js';
import { type InputRequest, isObject, type JsonObject } from '#gateway/tools/tool.js';
import { InputRefused, notAsked } from './input-refused.js';

/** Of one call, unanswered. */
const MOST = 32;
const LONGEST_REQUEST = 131_072;

interface Question {
  readonly request: InputRequest;
  readonly resolve: (answer: JsonObject) => void;
  readonly reject: (refusal: InputRefused) => void;
}

/** What an upstream has asked in one call, and its client has not answered yet. */
export class Questions {
  private readonly open = new Map<string, Question>();
  private asked = 0;

  get size(): number {
    return this.open.size;
  }

  /** @throws InputRefused, or rejects with it */
  add(request: InputRequest): Promise<JsonObject> {
    if (this.open.size >= MOST) throw notAsked('Too much is asked at once.');
    if (JSON.stringify(request).length > LONGEST_REQUEST) throw notAsked('The request is too large.');
    const { promise, resolve, reject } = Promise.withResolvers<JsonObject>();
    this.open.set(`input-${++this.asked}`, { request, resolve, reject });
    return promise;
  }

  /** As `input_required` has them. */
  requests(): Readonly<Record<string, InputRequest>> {
    return Object.fromEntries([...this.open].map(([key, { request }]) => [key, request]));
  }

  /** Keys that nobody asked for are passed over; what is missing stays open. */
  answer({ inputResponses = {}, inputRefusals = {} }: Pick<CallChannel, 'inputResponses' | 'inputRefusals'>): void {
    for (const [key, { resolve, reject }] of this.open) {
      const answer = Object.hasOwn(inputResponses, key) ? inputResponses[key] : undefined;
      const refusal = Object.hasOwn(inputRefusals, key) ? inputRefusals[key] : undefined;
      if (isObject(answer)) resolve(answer);
      else if (refusal) reject(new InputRefused(refusal.code, refusal.message));
      else continue;
      this.open.delete(key);
    }
  }

  /** Nobody will answer. */
  refuse(): void {
    for (const { reject } of this.open.values()) reject(notAsked('Nobody waits for this call any more.'));
    this.open.clear();
  }
}
