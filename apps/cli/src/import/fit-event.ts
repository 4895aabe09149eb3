import { objectOf } from '../formats/untrusted-json.js';
import type { RecordedEvent } from './recorded-session.js';

/** Largest event that is sent, as UTF-8 JSON. Constant, so that a repeat cuts as the first import did. */
export const LARGEST_EVENT = 200_000;

const SHORTEST_CUT = 256;

/**
 * Cuts an event's longest texts, no more than needed, until it is small enough, and says in `payload.truncated_bytes`
 * how much was lost.
 */
export function fitEvent(event: RecordedEvent): RecordedEvent {
  const before = sizeOf(event);
  if (before <= LARGEST_EVENT) return event;
  for (let longest = LARGEST_EVENT / 2; longest >= SHORTEST_CUT; longest /= 2) {
    const cut = withTruncation(cutTexts(event, longest) as RecordedEvent, before);
    if (sizeOf(cut) <= LARGEST_EVENT) return cut;
  }
  // Thousands of small values: only the members that tell what happened are kept.
  const { payload, raw_message, metadata_: _left_out, ...head } = event;
  const telling = Object.entries(payload ?? {})
    .filter(([, value]) => typeof value !== 'object')
    .slice(0, 20);
  const kept = cutTexts({ ...head, raw_message, payload: Object.fromEntries(telling) }, SHORTEST_CUT);
  return withTruncation(kept as RecordedEvent, before);
}

const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

const withTruncation = (event: RecordedEvent, before: number): RecordedEvent => ({
  ...event,
  payload: { ...objectOf(event.payload), truncated_bytes: before - sizeOf(event) },
});

/** `longest` in UTF-16 units; an emoji on the edge goes as a whole. */
export const cutText = (text: string, longest: number): string =>
  text.length <= longest ? text : text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '');

function cutTexts(value: unknown, longest: number): unknown {
  if (typeof value === 'string') return cutText(value, longest);
  if (Array.isArray(value)) return value.map((item) => cutTexts(item, longest));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, cutTexts(member, longest)]));
}
