import type { RecordedEvent, RecordedSession } from '../src/import/recorded-session.js';

/** All the events of a session. */
export async function eventsOf(session: RecordedSession, startTime = session.startTime): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of session.events(startTime)) events.push(event);
  return events;
}
