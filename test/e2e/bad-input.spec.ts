import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SessionOut } from '#core/sessions/sessions.js';
import type { EventBatchResponse } from '#core/signals/signals.js';
import { Gateway } from '../support/boot-gateway.js';
import { aSession, anEvent, openSession } from '../support/builders.js';

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

let gateway: Gateway;
let session: SessionOut;
beforeAll(async () => {
  gateway = await Gateway.boot({ MAX_EVENT_BYTES: 4_096, MAX_BODY_BYTES: 20_000, MAX_BATCH_BYTES: 60_000 });
  session = await openSession(gateway.api);
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('a bad event fails alone, and says why', () => {
  const long = 'x'.repeat(201);
  it.each<[string, Record<string, unknown>, string, string | undefined]>([
    ['no session', { session_id: undefined }, 'required', 'session_id'],
    ['an unknown session', { session_id: '019a0000-0000-7000-8000-000000000000' }, 'session_not_found', 'session_id'],
    [
      'an unknown key',
      { session_id: undefined, external_session_key: 'no' },
      'session_not_found',
      'external_session_key',
    ],
    ['a session id that is none', { session_id: 'x' }, 'wrong_format', 'session_id'],
    ['an empty key', { external_session_key: '' }, 'too_short', 'external_session_key'],
    ['a long key', { external_session_key: long }, 'too_long', 'external_session_key'],
    [
      'a key with NUL',
      { session_id: undefined, external_session_key: 'a\u0000b' },
      'wrong_format',
      'external_session_key',
    ],
    ['no type', { event_type: undefined }, 'required', 'event_type'],
    ['an unknown type', { event_type: 'edit' }, 'not_in_enum', 'event_type'],
    ['a type of the wrong type', { event_type: 7 }, 'wrong_type', 'event_type'],
    ['an unknown source', { source_type: 'alien' }, 'not_in_enum', 'source_type'],
    ['no time', { client_timestamp: undefined }, 'required', 'client_timestamp'],
    ['a number for a time', { client_timestamp: 1_700_000_000 }, 'wrong_type', 'client_timestamp'],
    ['a time without offset', { client_timestamp: '2026-03-01T09:00:00' }, 'invalid_timestamp', 'client_timestamp'],
    ['30 February', { client_timestamp: '2026-02-30T09:00:00Z' }, 'invalid_timestamp', 'client_timestamp'],
    ['hour 25', { client_timestamp: '2026-03-01T25:00:00Z' }, 'invalid_timestamp', 'client_timestamp'],
    ['the epoch', { client_timestamp: '1970-01-01T00:00:00Z' }, 'clock_out_of_range', 'client_timestamp'],
    ['the day after tomorrow', { client_timestamp: inDays(2) }, 'clock_out_of_range', 'client_timestamp'],
    ['the year 9999', { client_timestamp: '9999-12-31T23:59:59Z' }, 'clock_out_of_range', 'client_timestamp'],
    ['a payload that is a list', { payload: [1] }, 'wrong_type', 'payload'],
    ['a payload that is text', { payload: 'x' }, 'wrong_type', 'payload'],
    ['a null payload', { payload: null }, 'wrong_type', 'payload'],
    ['a payload too deep', { payload: { a: nested(32) } }, 'too_deep', 'payload'],
    ['a confidence above 1', { attribution_confidence: 1.01 }, 'out_of_range', 'attribution_confidence'],
    ['an unknown attribution', { attribution_source: 'robot' }, 'not_in_enum', 'attribution_source'],
    ['an agent without name', { agent_metadata: { agent_id: '' } }, 'too_short', 'agent_metadata.agent_id'],
    ['a long source name', { source_name: long }, 'too_long', 'source_name'],
    ['an event too large', { raw_message: 'x'.repeat(5_000) }, 'too_large', undefined],
    ['an unknown field', { severity: 'high' }, 'unknown_field', 'severity'],
    ['metadata without its underscore', { metadata: {} }, 'unknown_field', 'metadata'],
    ['an id of its own', { id: '019a0000-0000-7000-8000-000000000000' }, 'server_managed_field', 'id'],
    ['a server time of its own', { server_timestamp: inDays(0) }, 'server_managed_field', 'server_timestamp'],
    ['a hash of its own', { event_hash: 'a'.repeat(64) }, 'server_managed_field', 'event_hash'],
    ['a tenant of its own', { tenant: 'other' }, 'server_managed_field', 'tenant'],
  ])('%s', async (_what, overrides, code, field) => {
    const good = () => anEvent({ session_id: session.id });
    const events = [good(), { ...anEvent({ session_id: session.id }), ...overrides }, good()];
    const { status, body } = await gateway.api.post<EventBatchResponse>('/signals/events/batch', { events });
    expect(status).toBe(200);
    expect(body).toMatchObject({ received: 3, ingested: 2, deduped: 0 });
    expect(body.failed).toEqual([expect.objectContaining({ index: 1, code, message: expect.any(String) })]);
    expect(body.failed[0]!.field).toBe(field);
  });

  it.each([null, 1, 'x', true, [], [[]]])('%j in the place of an event', async (item) => {
    const { body } = await gateway.api.post<EventBatchResponse>('/signals/events/batch', { events: [item] });
    expect(body).toMatchObject({ received: 1, ingested: 0, failed: [{ index: 0, code: 'wrong_type' }] });
  });

  it('takes the deepest payload that is allowed, and a time a day ahead', async () => {
    const events = [
      anEvent({ session_id: session.id, payload: { a: nested(31) } }),
      anEvent({ session_id: session.id, client_timestamp: inDays(0.99) }),
    ];
    const { body } = await gateway.api.post<EventBatchResponse>('/signals/events/batch', { events });
    expect(body).toMatchObject({ ingested: 2, failed: [] });
  });
});

describe('a bad request is a problem document that names each field', () => {
  const create = (overrides: Record<string, unknown>) => ['POST', '/sessions', aSession(overrides)] as const;
  it.each<[string, readonly [string, string, unknown], number, unknown]>([
    ['a batch that is a list', ['POST', '/signals/events/batch', []], 422, [{ field: 'body', code: 'wrong_type' }]],
    ['a batch without events', ['POST', '/signals/events/batch', {}], 422, [{ field: 'events', code: 'required' }]],
    [
      'an empty batch',
      ['POST', '/signals/events/batch', { events: [] }],
      422,
      [{ field: 'events', code: 'out_of_range' }],
    ],
    [
      '1 001 events',
      ['POST', '/signals/events/batch', { events: Array(1_001).fill(0) }],
      422,
      [{ field: 'events', code: 'out_of_range' }],
    ],
    [
      'events that are no list',
      ['POST', '/signals/events/batch', { events: {} }],
      422,
      [{ field: 'events', code: 'wrong_type' }],
    ],
    [
      'a batch with more',
      ['POST', '/signals/events/batch', { events: [1], x: 1 }],
      422,
      [{ field: 'x', code: 'unknown_field' }],
    ],
    [
      'several faults at once',
      ['POST', '/sessions', { user_id: 7, start_time: 'soon', bogus: 1 }],
      422,
      [
        { field: 'bogus', code: 'unknown_field' },
        { field: 'external_session_key', code: 'required' },
        { field: 'user_id', code: 'wrong_type' },
        { field: 'workspace_id', code: 'required' },
        { field: 'start_time', code: 'invalid_timestamp' },
      ],
    ],
    ['an empty key', create({ external_session_key: '' }), 422, [{ field: 'external_session_key', code: 'required' }]],
    [
      'a key of 201',
      create({ external_session_key: 'x'.repeat(201) }),
      422,
      [{ field: 'external_session_key', code: 'wrong_length' }],
    ],
    [
      'a start before 2000',
      create({ start_time: '1999-12-31T23:59:59Z' }),
      422,
      [{ field: 'start_time', code: 'clock_out_of_range' }],
    ],
    [
      'a start in two days',
      create({ start_time: inDays(2) }),
      422,
      [{ field: 'start_time', code: 'clock_out_of_range' }],
    ],
    [
      'NUL in a key',
      create({ external_session_key: 'a\u0000b' }),
      422,
      [{ field: 'external_session_key', code: 'wrong_format' }],
    ],
    ['NUL in a tag', create({ tags: ['t', 'a\u0000b'] }), 422, [{ field: 'tags', code: 'wrong_format' }]],
    [
      'NUL in a parameter',
      ['GET', '/sessions?workspace_id=a%00b', undefined],
      422,
      [{ field: 'workspace_id', code: 'wrong_format' }],
    ],
    [
      'NUL in a remote',
      ['POST', '/projects/resolve', { workspace_id: 'w', workspace_root: '/', vcs_remote_url: 'https://h/o/%00' }],
      422,
      [{ field: 'vcs_remote_url', code: 'invalid_remote' }],
    ],
    ['51 tags', create({ tags: Array(51).fill('t') }), 422, [{ field: 'tags', code: 'too_many' }]],
    ['a tag of 65', create({ tags: ['x'.repeat(65)] }), 422, [{ field: 'tags', code: 'too_long' }]],
    ['tags that are text', create({ tags: 'x' }), 422, [{ field: 'tags', code: 'wrong_type' }]],
    [
      'a config that is a list',
      create({ config_snapshot: [] }),
      422,
      [{ field: 'config_snapshot', code: 'wrong_type' }],
    ],
    [
      'a config too deep',
      create({ config_snapshot: { a: nested(32) } }),
      422,
      [{ field: 'config_snapshot', code: 'too_deep' }],
    ],
    [
      'server-managed fields',
      create({ id: 'x', status: 'failed' }),
      422,
      [
        { field: 'id', code: 'unknown_field' },
        { field: 'status', code: 'unknown_field' },
      ],
    ],
    ['a session id that is none', ['GET', '/sessions/x', undefined], 422, [{ field: 'id', code: 'wrong_format' }]],
    ['a limit of 0', ['GET', '/sessions?limit=0', undefined], 422, [{ field: 'limit', code: 'out_of_range' }]],
    ['a limit of 201', ['GET', '/sessions?limit=201', undefined], 422, [{ field: 'limit', code: 'out_of_range' }]],
    ['two limits', ['GET', '/sessions?limit=1&limit=2', undefined], 422, [{ field: 'limit', code: 'wrong_type' }]],
    ['an unknown status', ['GET', '/sessions?status=done', undefined], 422, [{ field: 'status', code: 'not_in_enum' }]],
    [
      'an unknown parameter',
      ['GET', '/sessions?offset=10', undefined],
      422,
      [{ field: 'offset', code: 'unknown_field' }],
    ],
    [
      'an unknown event type',
      ['GET', `/sessions/019a0000-0000-7000-8000-000000000000/events?event_type=x`, undefined],
      422,
      [{ field: 'event_type', code: 'not_in_enum' }],
    ],
    [
      'an insight query without session',
      ['POST', '/signals/insights', {}],
      422,
      [{ field: 'session_id', code: 'required' }],
    ],
    [
      'a snapshot without payload',
      ['POST', '/state/session', { session_id: '019a0000-0000-7000-8000-000000000000', snapshot_type: 't' }],
      422,
      [{ field: 'payload', code: 'required' }],
    ],
    [
      'capabilities that are no flags',
      ['POST', '/handshake', { client_name: 'c', client_version: '1', workspace_id: 'w', capabilities: { a: 1 } }],
      422,
      [{ field: 'capabilities', code: 'wrong_type' }],
    ],
  ])('%s', async (_what, [method, path, body], status, errors) => {
    const answer = await gateway.api.call<Record<string, unknown>>(
      method,
      path,
      body === undefined ? undefined : JSON.stringify(body),
    );
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      status,
      code: 'validation_failed',
      type: 'urn:achilles:problem:validation_failed',
    });
    expect(answer.body['errors']).toEqual((errors as object[]).map((error) => expect.objectContaining(error)));
  });

  it.each<[string, string, string, number, string]>([
    ['text that is no JSON', '/sessions', '{"a":', 400, 'malformed_json'],
    ['an empty body', '/sessions', '', 422, 'validation_failed'],
    ['null', '/sessions', 'null', 422, 'validation_failed'],
    ['a number', '/sessions', '7', 422, 'validation_failed'],
    ['a body too large', '/sessions', JSON.stringify({ a: 'x'.repeat(20_000) }), 413, 'body_too_large'],
    ['a batch too large', '/signals/events/batch', JSON.stringify({ a: 'x'.repeat(60_000) }), 413, 'body_too_large'],
    ['a body too deep', '/sessions', '['.repeat(65) + ']'.repeat(65), 400, 'body_too_deep'],
    ['a bomb of brackets', '/signals/events/batch', '['.repeat(50_000), 400, 'body_too_deep'],
  ])('%s', async (_what, path, body, status, code) => {
    const answer = await gateway.api.call('POST', path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, code });
  });

  it('another media type', async () => {
    const answer = await gateway.api.call('POST', '/sessions', '<a/>', { 'content-type': 'application/xml' });
    expect([answer.status, answer.body]).toMatchObject([415, { code: 'unsupported_media_type' }]);
  });

  it('an unknown route', async () => {
    const { status, body } = await gateway.api.get('/nowhere');
    expect([status, body['code']]).toEqual([404, 'route_not_found']);
  });
});

it('wrote no row of what it refused', async () => {
  const [{ sessions, events }] = (await gateway.database!.query(
    'select (select count(*)::int from sessions) as sessions, (select count(*)::int from events) as events',
  )) as [{ sessions: number; events: number }];
  const { body } = await gateway.api.get<SessionOut>(`/sessions/${session.id}`);
  expect(sessions).toBe(1);
  expect(body.event_count).toBe(events);
});
