import type { MCPEvent } from '#core/signals/event.js';
import type { EventBatchResponse } from '#core/signals/signals.js';
import type { Answer, Api } from './api.js';

const GIVE_UP_MS = 60_000;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends a batch again and again until it is acknowledged, as a client that must not lose anything does. */
export async function sendUntilAcknowledged(api: () => Api, events: readonly MCPEvent[]): Promise<EventBatchResponse> {
  for (const deadline = Date.now() + GIVE_UP_MS; ;) {
    let answer: Answer<EventBatchResponse> | undefined;
    try {
      answer = await api().post<EventBatchResponse>('/signals/events/batch', { events });
    } catch {
      // The connection broke: whether the batch was stored, the next answer will tell.
    }
    if (answer?.status === 200) return answer.body;
    if (answer && answer.status !== 503) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
    if (Date.now() > deadline) throw new Error('not acknowledged within a minute');
    await wait(20);
  }
}
