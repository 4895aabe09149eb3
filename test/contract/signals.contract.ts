import { describe, expect, it } from '@jest/globals';
import type { SessionOut } from '#core/sessions/sessions.js';
import type { EventOut } from '#core/signals/event.js';
import type { EventBatchResponse } from '#core/signals/signals.js';
import type { Api } from '../support/api.js';
import { anEvent, openSession } from '../support/builders.js';

export function signalsContract(api: () => Api): void {
  const send = (events: unknown[]) => api().post<EventBatchResponse>('/signals/events/batch', { events });
  const countOf = async (id: string) => (await api().get<SessionOut>(`/sessions/${id}`)).body.event_count;

  describe('POST /signals/events/batch', () => {
    it('stores every field as it was sent', async () => {
      const { id } = await openSession(api());
      const event = anEvent({
        session_id: id,
        event_type: 'tool_result',
        source_type: 'ide',
        client_timestamp: '2026-03-01T11:30:00.5+02:30',
        source_name: 'vscode',
        file_path: 'src/engine.ts',
        project_root: '/home/ada',
        language: 'typescript',
        payload: { output: 'ok\n', nested: { list: [1, 2.5, -1e-7, true, null, 'ü😀'] } },
        raw_message: 'line one\nline "two"\t\\',
        attribution_source: 'agent',
        attribution_confidence: 0.75,
        agent_metadata: { agent_id: 'a1', provider: 'p', model: 'm', temperature: 0.2 },
        metadata_: { trace: 'x' },
      });
      const { status, body } = await send([event]);
      expect(status).toBe(200);
      expect(body).toMatchObject({ received: 1, ingested: 1, deduped: 0, failed: [] });
      const { body: page } = await api().get<{ items: EventOut[] }>(`/sessions/${id}/events`);
      expect(page.items).toHaveLength(1);
      expect(page.items[0]).toMatchObject({ ...event, client_timestamp: '2026-03-01T09:00:00.500Z' });
      expect(page.items[0]!.id).toBe(body.results[0]!.event_id);
      expect(page.items[0]!.event_hash).toMatch(/^[0-9a-f]{64}$/);
    });

    it('stores an event once, however often it comes', async () => {
      const { id } = await openSession(api());
      const events = Array.from({ length: 20 }, () => anEvent({ session_id: id }));
      const first = await send(events);
      expect(first.body).toMatchObject({ ingested: 20, deduped: 0 });
      const replays = await Promise.all(Array.from({ length: 6 }, () => send([...events].reverse())));
      for (const { body } of replays) {
        expect(body).toMatchObject({ received: 20, ingested: 0, deduped: 20, failed: [] });
        const ids = body.results.toReversed().map((result) => result.event_id);
        expect(ids).toEqual(first.body.results.map((result) => result.event_id));
      }
      expect(await countOf(id)).toBe(20);
    });

    it('stores each event once when clients race with the same ones', async () => {
      const { id } = await openSession(api());
      const events = Array.from({ length: 50 }, () => anEvent({ session_id: id }));
      const answers = await Promise.all(Array.from({ length: 8 }, () => send(events)));
      expect(answers.reduce((sum, { body }) => sum + body.ingested, 0)).toBe(50);
      expect(answers.reduce((sum, { body }) => sum + body.deduped, 0)).toBe(350);
      expect(new Set(answers.flatMap(({ body }) => body.results.map((result) => result.event_id))).size).toBe(50);
      expect(await countOf(id)).toBe(50);
    });

    it('knows the same event by its content: member order, white space and offset do not matter', async () => {
      const { id, external_session_key } = await openSession(api());
      const moment = '2026-03-01T09:00:00Z';
      const one = anEvent({ session_id: id, client_timestamp: moment, payload: { a: 1, b: { c: [1], d: 2 } } });
      const same = {
        payload: { b: { d: 2.0, c: [1] }, a: 1 },
        client_timestamp: '2026-03-01T10:00:00.000+01:00',
        event_type: one.event_type,
        external_session_key,
        source_type: one.source_type,
      };
      const { body } = await send([one, same, { ...one, payload: { a: 1, b: { c: [1], d: 3 } } }]);
      expect(body.results.map(({ status }) => status)).toEqual(['ingested', 'duplicate', 'ingested']);
      expect(body.results[1]!.event_id).toBe(body.results[0]!.event_id);
    });

    it('keeps the good events of a batch and says what is wrong with the others', async () => {
      const { id } = await openSession(api());
      const good = () => anEvent({ session_id: id });
      const { status, body } = await send([good(), { ...good(), event_type: 'nonsense' }, good(), 7, good()]);
      expect(status).toBe(200);
      expect(body).toMatchObject({ received: 5, ingested: 3, deduped: 0 });
      expect(body.results.map(({ index }) => index)).toEqual([0, 2, 4]);
      expect(body.failed).toEqual([
        expect.objectContaining({ index: 1, code: 'not_in_enum', field: 'event_type' }),
        expect.objectContaining({ index: 3, code: 'wrong_type' }),
      ]);
    });

    it('keeps its place in the batch when a later one is refused by the store', async () => {
      const { id } = await openSession(api());
      const { body } = await send([{}, anEvent({ external_session_key: 'unknown' }), anEvent({ session_id: id })]);
      expect(body.failed.map(({ index, code }) => [index, code])).toEqual([
        [0, 'required'],
        [1, 'session_not_found'],
      ]);
      expect(body.results).toEqual([expect.objectContaining({ index: 2, status: 'ingested' })]);
    });

    it('takes a batch over several sessions, and counts in each', async () => {
      const sessions = [await openSession(api()), await openSession(api()), await openSession(api())];
      const batches = Array.from({ length: 6 }, () =>
        sessions.flatMap(({ id }) => [anEvent({ session_id: id }), anEvent({ session_id: id })]),
      );
      // In opposite orders at once: two batches must not wait for each other for ever.
      await Promise.all(batches.map((events, i) => send(i % 2 ? events : events.toReversed())));
      for (const { id } of sessions) expect(await countOf(id)).toBe(12);
    });

    it('takes nothing new into a session that has ended, but knows again what it has', async () => {
      const { id } = await openSession(api());
      const old = anEvent({ session_id: id });
      await send([old]);
      await api().patch(`/sessions/${id}`, { status: 'completed', end_time: '2026-03-01T10:00:00Z' });
      const { body } = await send([old, anEvent({ session_id: id })]);
      expect(body).toMatchObject({ ingested: 0, deduped: 1 });
      expect(body.failed).toEqual([expect.objectContaining({ index: 1, code: 'session_terminal' })]);
      expect(await countOf(id)).toBe(1);
    });

    it('stores text that the database cannot hold with U+FFFD in its place', async () => {
      const { id } = await openSession(api());
      const { body } = await send([
        anEvent({ session_id: id, raw_message: 'nul \0 end', payload: { '\0key': 'lone \uD800 end', pair: '😀' } }),
      ]);
      expect(body.ingested).toBe(1);
      const { body: page } = await api().get<{ items: EventOut[] }>(`/sessions/${id}/events`);
      expect(page.items[0]).toMatchObject({
        raw_message: 'nul \uFFFD end',
        payload: { '\uFFFDkey': 'lone \uFFFD end', pair: '😀' },
      });
    });
  });

  describe('POST /signals/events', () => {
    it('is the batch of one', async () => {
      const { id } = await openSession(api());
      const event = anEvent({ session_id: id });
      const first = await api().post('/signals/events', event);
      expect(first.status).toBe(202);
      expect(first.body).toMatchObject({ index: 0, status: 'ingested' });
      expect((await api().post('/signals/events', event)).body).toMatchObject({ ...first.body, status: 'duplicate' });
    });

    it.each([
      [{ event_type: 'nonsense' }, 422, 'validation_failed'],
      [{ session_id: '019a0000-0000-7000-8000-000000000000' }, 404, 'session_not_found'],
    ])('answers %j with %i', async (overrides, expected, code) => {
      const { id } = await openSession(api());
      const { status, body } = await api().post('/signals/events', anEvent({ session_id: id, ...overrides }));
      expect(status).toBe(expected);
      expect(body).toMatchObject({ code });
    });

    it('answers 409 for a session that has ended', async () => {
      const { id } = await openSession(api());
      await api().patch(`/sessions/${id}`, { status: 'failed', end_time: '2026-03-01T10:00:00Z' });
      expect((await api().post('/signals/events', anEvent({ session_id: id }))).status).toBe(409);
    });
  });
}
