import { hash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from '#core/canonical-json.js';
import type { AcceptedEvent } from './accepted-event.js';
import { acceptEvent, isFailure } from './event-validator.js';

const NOW = Date.UTC(2026, 2, 1, 12);
const SESSION = '019b7a5c-8000-7000-8000-000000000001';
const EVENT = {
  session_id: SESSION,
  event_type: 'command_run',
  source_type: 'agent',
  client_timestamp: '2026-03-01T09:00:00Z',
  payload: { command: 'make', args: [1, { b: 2, a: 1 }] },
};

const judge = (item: unknown, maxEventBytes = 10_000) => acceptEvent(item, 3, { maxEventBytes, now: NOW });

function accepted(changes: Record<string, unknown> = {}, maxEventBytes?: number): AcceptedEvent {
  const outcome = judge({ ...EVENT, ...changes }, maxEventBytes);
  if (isFailure(outcome)) throw new Error(`refused: ${JSON.stringify(outcome)}`);
  return outcome;
}

function refusal(item: unknown, maxEventBytes?: number) {
  const outcome = judge(item, maxEventBytes);
  return isFailure(outcome) ? { code: outcome.code, field: outcome.field } : undefined;
}

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

describe('the hash of an event', () => {
  const { hash: expected } = accepted();

  it.each<[string, Record<string, unknown>]>([
    ['another session', { session_id: SESSION.replace(/1$/, '2') }],
    ['a session by key', { session_id: undefined, external_session_key: 'k' }],
    ['a session by both', { external_session_key: 'k' }],
    ['another order of members', { payload: { args: [1, { a: 1, b: 2 }], command: 'make' } }],
    ['another spelling of the number', { payload: JSON.parse('{"command":"make","args":[1.0,{"b":2e0,"a":1}]}') }],
    ['a time in another zone', { client_timestamp: '2026-03-01T10:00:00+01:00' }],
    ['a time with a fraction of zero', { client_timestamp: '2026-03-01T09:00:00.000000Z' }],
    ['a time in lower case', { client_timestamp: '2026-03-01t09:00:00z' }],
    ['a time below the millisecond', { client_timestamp: '2026-03-01T09:00:00.0009Z' }],
    ['members that are not there', { raw_message: undefined, metadata_: undefined }],
  ])('is the same with %s', (_what, changes) => expect(accepted(changes).hash).toBe(expected));

  it('is the same whatever the order of the fields', () => {
    const reversed = judge(Object.fromEntries(Object.entries(EVENT).reverse()));
    expect(reversed).toMatchObject({ hash: expected });
  });

  it('differs for every difference in content', () => {
    const changes: Record<string, unknown>[] = [
      {},
      { event_type: 'test_run' },
      { source_type: 'human' },
      { client_timestamp: '2026-03-01T09:00:00.001Z' },
      { payload: {} },
      { payload: undefined },
      { payload: { command: 'make', args: [{ b: 2, a: 1 }, 1] } },
      { payload: { command: 'make', args: ['1', { b: 2, a: 1 }] } },
      { payload: { command: 'make ', args: [1, { b: 2, a: 1 }] } },
      { raw_message: '' },
      { raw_message: 'x' },
      { source_name: 'x' },
      { file_path: 'x' },
      { project_root: 'x' },
      { language: 'x' },
      { attribution_source: 'agent' },
      { attribution_confidence: 0 },
      { attribution_confidence: 1 },
      { agent_metadata: {} },
      { agent_metadata: { agent_id: 'x' } },
      { agent_metadata: { model: 'x' } },
      { metadata_: {} },
      { metadata_: { x: 1 } },
    ];
    expect(new Set(changes.map((change) => accepted(change).hash)).size).toBe(changes.length);
  });
});

describe('an event that is accepted', () => {
  it('is told by its place, its time, its objects as canonical JSON and the SHA-256 of its content', () => {
    const content =
      '{"client_timestamp":"2026-03-01T09:00:00.000Z","event_type":"command_run",' +
      '"payload":{"args":[1,{"a":1,"b":2}],"command":"make"},"source_type":"agent"}';
    expect(accepted()).toEqual({
      index: 3,
      event: EVENT,
      clientTimestamp: Date.UTC(2026, 2, 1, 9),
      json: { payload: '{"args":[1,{"a":1,"b":2}],"command":"make"}' },
      hash: hash('sha256', content),
    });
    expect(accepted().hash).toBe('4b315a3ddb2bb011366ac3392ecdaa7633acc021747fcf134ba1fa2742c95fcd');
  });

  it('may hold text that PostgreSQL could not keep', () => {
    const odd = accepted({ raw_message: 'a\u0000b', payload: { '\ud800': '\udc00' } });
    expect(odd.json.payload).toBe('{"\ufffd":"\ufffd"}');
    expect(odd.hash).toBe(accepted({ raw_message: 'a\ufffdb', payload: { '\ufffd': '\ufffd' } }).hash);
  });
});

describe('limits at their edge', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    ['a key of 200', { external_session_key: 'x'.repeat(200) }, { external_session_key: 'x'.repeat(201) }, 'too_long'],
    ['emoji count as one', { language: '\u{1f600}'.repeat(64) }, { language: '\u{1f600}'.repeat(65) }, 'too_long'],
    ['a path of 4 096', { file_path: 'x'.repeat(4_096) }, { file_path: 'x'.repeat(4_097) }, 'too_long'],
    ['confidence 1', { attribution_confidence: 1 }, { attribution_confidence: 1.0001 }, 'out_of_range'],
    ['confidence 0', { attribution_confidence: 0 }, { attribution_confidence: -0.0001 }, 'out_of_range'],
    ['depth 32', { payload: { a: nested(31) } }, { payload: { a: nested(32) } }, 'too_deep'],
    ['depth 32 elsewhere', { metadata_: { a: nested(31) } }, { metadata_: { a: nested(32) } }, 'too_deep'],
    [
      'a day ahead',
      { client_timestamp: '2026-03-02T12:00:00Z' },
      { client_timestamp: '2026-03-02T12:00:00.001Z' },
      'clock_out_of_range',
    ],
    [
      'the year 2000',
      { client_timestamp: '2000-01-01T00:00:00Z' },
      { client_timestamp: '1999-12-31T23:59:59.999Z' },
      'clock_out_of_range',
    ],
  ])('%s', (_what, inside, outside, code) => {
    expect(accepted(inside).hash).toMatch(/^[0-9a-f]{64}$/);
    const [field] = Object.keys(outside);
    expect(refusal({ ...EVENT, ...outside })).toEqual({ code, field });
  });

  it.each(['x', 'ü', '€', '\u{1f600}', '\n'])('the size in bytes of canonical JSON, in %j', (character) => {
    const changes = { raw_message: character.repeat(100) };
    const { session_id: _reference, ...content } = { ...EVENT, ...changes };
    const size = Buffer.byteLength(canonicalJson({ ...content, client_timestamp: '2026-03-01T09:00:00.000Z' }));
    expect(accepted(changes, size).hash).toBe(accepted(changes).hash);
    expect(refusal({ ...EVENT, ...changes }, size - 1)).toEqual({ code: 'too_large', field: undefined });
  });
});

describe('an event that is refused', () => {
  it.each<[string, unknown, string, string | undefined]>([
    ['nothing', undefined, 'wrong_type', undefined],
    ['no session', { ...EVENT, session_id: undefined }, 'required', 'session_id'],
    ['a null session', { ...EVENT, session_id: null }, 'wrong_type', 'session_id'],
    ['NUL in a key', { ...EVENT, external_session_key: 'a\u0000b' }, 'wrong_format', 'external_session_key'],
    [
      'a member of agent_metadata',
      { ...EVENT, agent_metadata: { agent_id: 7 } },
      'wrong_type',
      'agent_metadata.agent_id',
    ],
    ['a number that JSON has not', { ...EVENT, payload: { n: NaN } }, 'not_json', 'payload'],
    ['__proto__', JSON.parse(`{"__proto__":1,${JSON.stringify(EVENT).slice(1)}`), 'unknown_field', '__proto__'],
    ['constructor', { ...EVENT, constructor: 1 }, 'unknown_field', 'constructor'],
  ])('for %s names the field', (_what, item, code, field) => expect(refusal(item)).toEqual({ code, field }));

  it('says what would have been right', () => {
    expect(judge({ ...EVENT, source_type: 'alien' })).toMatchObject({
      index: 3,
      message: 'source_type must be one of ide, agent, cli, ci, human, gateway.',
    });
  });
});
