import type { MCPEvent } from '#core/signals/event.js';
import type { EventBatchResponse } from '#core/signals/signals.js';
import type { Answer, Api } from './api.js';

/** A gateway that was killed is back within seconds, unless the machine stands still. */
const GIVE_UP_MS = 150_000;
/** A connection that was handed to a process as it was killed may never be answered, nor closed. */
const TRY_MS = 15_000;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends a batch again and again until it is acknowledged, as a client that must not lose anything does. */
export async function sendUntilAcknowledged(api: () => Api, events: readonly MCPEvent[]): Promise<EventBatchResponse> {
  for (const deadline = Date.now() + GIVE_UP_MS; ;) {
    let answer: Answer<EventBatchResponse> | undefined;
    try {
      const body = JSON.stringify({ events });
      const signal = AbortSignal.timeout(TRY_MS);
      answer = await api().call<EventBatchResponse>('POST', '/signals/events/batch', body, {}, signal);
    } catch {
      // The connection broke, or nobody answers: whether the batch was stored, the next answer will tell.
    }
    if (answer?.status === 200) return answer.body;
    if (answer && answer.status !== 503) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
    if (Date.now() > deadline) throw new Error(`not acknowledged within ${GIVE_UP_MS} ms`);
    await wait(20);
  }
}
