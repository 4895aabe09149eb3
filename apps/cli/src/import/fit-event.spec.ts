import { describe, expect, it } from '@jest/globals';
import { fitEvent, LARGEST_EVENT } from './fit-event.js';
import type { RecordedEvent } from './recorded-session.js';

const event = (more: Partial<RecordedEvent>): RecordedEvent => ({
  event_type: 'tool_result',
  source_type: 'agent',
  client_timestamp: '2026-01-01T00:00:00.000Z',
  ...more,
});
const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('fitEvent', () => {
  it('leaves a fitting event as it is', () => {
    const fitting = event({ payload: { output: 'x'.repeat(150_000) } });
    expect(fitEvent(fitting)).toBe(fitting);
  });

  it.each([
    ['one long output', { payload: { output: 'x'.repeat(5_000_000), step: 3 } }],
    ['multi-byte text', { payload: { output: '😀'.repeat(500_000), step: 3 } }],
    ['text that JSON escapes', { payload: { output: '\u0000'.repeat(500_000), step: 3 } }],
    ['a long message', { raw_message: 'é'.repeat(300_000), payload: { step: 3 } }],
    [
      'texts deep inside',
      { payload: { step: 3, arguments: { edits: Array.from({ length: 50 }, () => ({ a: 'x'.repeat(20_000) })) } } },
    ],
    ['a myriad of small values', { payload: { step: 3, list: Array.from({ length: 100_000 }, (_, i) => i) } }],
  ])('cuts %s and says how much is gone', (_, more) => {
    const before = sizeOf(event(more));
    const cut = fitEvent(event(more));
    expect(sizeOf(cut)).toBeLessThanOrEqual(LARGEST_EVENT);
    expect(cut.payload).toMatchObject({ step: 3 });
    const { truncated_bytes, ...payload } = cut.payload as { truncated_bytes: number };
    expect(truncated_bytes).toBe(before - sizeOf({ ...cut, payload }));
    expect(JSON.stringify(cut)).toBe(JSON.stringify(JSON.parse(JSON.stringify(cut)) as unknown).toWellFormed());
    expect(fitEvent(event(more))).toEqual(cut);
  });
});
