import { describe, expect, it } from '@jest/globals';
import { clusterErrors } from './error-clusters.js';
import { ASession } from './fixtures/a-session.js';

const failing = (messages: readonly string[]) =>
  messages.reduce((session, message) => session.event('error', { payload: { message } }), new ASession());

describe('clusterErrors', () => {
  it('groups by template, counts, and points at the first', () => {
    const session = failing(["KeyError: 'name' in row 3", 'ValueError: empty', "KeyError: 'age' in row 4"]);
    expect(clusterErrors(session.trace())).toEqual([
      {
        normalized_error: 'KeyError: <str> in row <num>',
        error_type: 'KeyError',
        representative_event_id: 'e0',
        occurrence_count: 2,
        first_seen_at: '2026-01-05T09:00:01.000Z',
        last_seen_at: '2026-01-05T09:00:03.000Z',
        metadata: { sample: "KeyError: 'name' in row 3", files: [], tools: ['error'] },
      },
      expect.objectContaining({ normalized_error: 'ValueError: empty', occurrence_count: 1 }),
    ]);
  });

  it('uses the template as it is after the last event', () => {
    const messages = ['cannot load the module alpha now', 'cannot load the module beta now'];
    expect(clusterErrors(failing(messages).trace())).toMatchObject([
      { normalized_error: 'cannot load the module <*> now', occurrence_count: 2 },
    ]);
  });

  it('keeps types apart that have one text', () => {
    const session = new ASession()
      .event('error', { payload: { message: 'no', error_type: 'A' } })
      .event('error', { payload: { message: 'no', error_type: 'B' } });
    expect(clusterErrors(session.trace()).map(({ error_type }) => error_type)).toEqual(['A', 'B']);
  });
});
