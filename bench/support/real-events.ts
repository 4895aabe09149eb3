import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openRecording } from '../../apps/cli/src/formats/open-recording.js';
import type { RecordedEvent } from '../../apps/cli/src/import/recorded-session.js';

const TRAJECTORIES = 'test/fixtures/trajectories';
const START = '2026-03-01T09:00:00.000Z';

/** The events of the six recorded trajectories, payloads and all, in order. */
export async function realEvents(): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (const name of (await readdir(TRAJECTORIES)).filter((file) => file.endsWith('.json')).sort()) {
    const { sessions } = await openRecording(join(TRAJECTORIES, name), 'swe-agent');
    for (const session of sessions) for await (const event of session.events(START)) events.push(event);
  }
  return events;
}

/** An endless supply: the real events over and over, each at a millisecond of its own, so that no two are equal. */
export function* distinct(events: readonly RecordedEvent[], from = 0): Generator<RecordedEvent> {
  const start = Date.parse(START);
  for (let n = from; ; n++) {
    yield { ...events[n % events.length]!, client_timestamp: new Date(start + n).toISOString() };
  }
}

/** The next `count` of a supply. */
export function take<Item>(supply: Iterator<Item>, count: number): Item[] {
  return Array.from({ length: count }, () => supply.next().value as Item);
}
