import { describe, expect, it } from '@jest/globals';
import type { SessionOut } from '#core/sessions/sessions.js';
import type { EventOut } from '#core/signals/event.js';
import type { Api } from '../support/api.js';
import { aSession, anEvent, completeSession, openSession } from '../support/builders.js';
import { everyPage } from '../support/every-page.js';

type SessionPage = { items: SessionOut[]; next_cursor: string | null };
const NOWHERE = '019a0000-0000-7000-8000-000000000000';

export function sessionsContract(api: () => Api): void {
  describe('POST /sessions', () => {
    it('opens a session and answers all of it', async () => {
      const { body: project } = await api().post('/projects/resolve', { workspace_id: 'w', workspace_root: '/r' });
      const input = aSession({
        start_time: '2026-03-01T10:00:00.123456+01:00',
        project_id: project['project_id'],
        tags: ['nightly'],
        config_snapshot: { model: 'm', nested: { deep: [1, null, 'ü😀'] } },
      });
      const { status, body } = await api().post<SessionOut>('/sessions', input);
      expect(status).toBe(201);
      expect(body).toMatchObject({
        ...input,
        start_time: '2026-03-01T09:00:00.123Z',
        end_time: null,
        status: 'active',
        event_count: 0,
        error_density: 0,
        milestone_breakdown: {},
        requires_processing: false,
        last_processed_at: null,
      });
      expect(body).not.toHaveProperty('tenant');
    });

    it('gives the existing session for the same key in the same workspace', async () => {
      const input = aSession();
      const { body: first } = await api().post<SessionOut>('/sessions', input);
      const again = await api().post<SessionOut>('/sessions', { ...input, user_id: 'charles' });
      expect(again.status).toBe(200);
      expect(again.body).toEqual(first);
      const elsewhere = await api().post<SessionOut>('/sessions', { ...input, workspace_id: 'other' });
      expect(elsewhere.status).toBe(201);
    });

    it('opens one session for ten clients at once', async () => {
      const input = aSession();
      const answers = await Promise.all(Array.from({ length: 10 }, () => api().post<SessionOut>('/sessions', input)));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(9);
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    });

    it('takes null for what is not there', async () => {
      const input = { ...aSession(), project_id: null, tags: null, config_snapshot: null };
      const { status, body } = await api().post<SessionOut>('/sessions', input);
      expect(status).toBe(201);
      expect(body).toMatchObject({ project_id: null, tags: [], config_snapshot: null });
    });

    it('refuses a project that does not exist', async () => {
      const { status, body } = await api().post('/sessions', aSession({ project_id: NOWHERE }));
      expect(status).toBe(422);
      expect(body).toMatchObject({ errors: [{ field: 'project_id', code: 'project_not_found' }] });
    });
  });

  describe('GET /sessions', () => {
    it('pages newest first, each session once, by any filter', async () => {
      const workspace_id = `paged-${Date.now()}`;
      const opened: SessionOut[] = [];
      // Two start at the same time: the id breaks the tie.
      for (const minute of [5, 1, 3, 3, 4]) {
        opened.push(await openSession(api(), { workspace_id, start_time: `2026-03-01T09:0${minute}:00Z` }));
      }
      await api().patch(`/sessions/${opened[1]!.id}`, { status: 'failed', end_time: '2026-03-01T09:30:00Z' });
      const seen = await everyPage<SessionOut>(api(), `/sessions?workspace_id=${workspace_id}`, 'cursor', 2);
      expect(seen.map(({ start_time: time }) => time.slice(14, 16))).toEqual(['05', '04', '03', '03', '01']);
      expect(new Set(seen.map(({ id }) => id)).size).toBe(5);

      const filtered = async (query: string) =>
        (await api().get<SessionPage>(`/sessions?workspace_id=${workspace_id}&${query}`)).body.items.map(
          ({ id }) => id,
        );
      expect(await filtered('status=failed')).toEqual([opened[1]!.id]);
      expect(await filtered('since=2026-03-01T09:04:00Z')).toEqual([opened[0]!.id, opened[4]!.id]);
      expect(await filtered(`project_id=${NOWHERE}`)).toEqual([]);
    });

    it.each(['garbage', 'AAAA', Buffer.from('1~not-a-uuid').toString('base64url')])(
      'refuses cursor %s',
      async (cursor) => {
        const { status, body } = await api().get(`/sessions?cursor=${cursor}`);
        expect(status).toBe(422);
        expect(body).toMatchObject({ code: 'invalid_cursor' });
      },
    );
  });

  describe('GET /sessions/{id}', () => {
    it('answers 304 to the ETag it gave, until the session changes', async () => {
      const { id } = await openSession(api());
      const first = await api().get(`/sessions/${id}`);
      const etag = first.headers.get('etag')!;
      expect(first.headers.get('cache-control')).toBe('private, no-cache');
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await api().get(`/sessions/${id}`, { 'if-none-match': known });
        expect([again.status, again.body]).toEqual([304, '']);
      }
      await api().post('/signals/events', anEvent({ session_id: id }));
      const changed = await api().get<SessionOut>(`/sessions/${id}`, { 'if-none-match': etag });
      expect(changed.status).toBe(200);
      expect(changed.body.event_count).toBe(1);
    });

    it('may be kept for a minute once processed', async () => {
      const { id } = await openSession(api());
      await completeSession(api(), id);
      const { headers } = await api().get(`/sessions/${id}`);
      expect(headers.get('cache-control')).toBe('private, max-age=60');
    });

    it.each(['', '/events', '/errors', '/correlations', '/agent-performance'])(
      'answers 404 for an unknown id%s',
      async (rest) => {
        const { status, body } = await api().get(`/sessions/${NOWHERE}${rest}`);
        expect(status).toBe(404);
        expect(body).toMatchObject({ code: 'session_not_found' });
      },
    );
  });

  describe('PATCH /sessions/{id}', () => {
    it('ends a session, which then requires processing', async () => {
      const { id } = await openSession(api());
      const { status, body } = await api().patch<SessionOut>(`/sessions/${id}`, {
        status: 'abandoned',
        end_time: '2026-03-01T09:00:00Z',
      });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        status: 'abandoned',
        end_time: '2026-03-01T09:00:00.000Z',
        requires_processing: true,
      });
    });

    it('never changes a session that has ended, but takes the same end again', async () => {
      const { id } = await openSession(api());
      const end = { status: 'completed', end_time: '2026-03-01T10:00:00Z' };
      await api().patch(`/sessions/${id}`, end);
      expect((await api().patch(`/sessions/${id}`, end)).status).toBe(200);
      for (const other of [
        { status: 'active' },
        { status: 'failed', end_time: '2026-03-01T10:00:00Z' },
        { status: 'completed', end_time: '2026-03-01T11:00:00Z' },
      ]) {
        const { status, body } = await api().patch(`/sessions/${id}`, other);
        expect(status).toBe(409);
        expect(body).toMatchObject({ code: 'session_terminal' });
      }
    });

    it.each([
      [{ status: 'completed' }, 'end_time', 'required'],
      [{ status: 'active', end_time: '2026-03-01T10:00:00Z' }, 'end_time', 'unexpected'],
      [{ status: 'completed', end_time: '2026-03-01T08:59:59Z' }, 'end_time', 'out_of_range'],
      [{ status: 'completed', end_time: '2026-03-01T10:00:00' }, 'end_time', 'invalid_timestamp'],
      [{ status: 'done', end_time: '2026-03-01T10:00:00Z' }, 'status', 'not_in_enum'],
      [{}, 'status', 'required'],
    ])('refuses %j', async (change, field, code) => {
      const { id } = await openSession(api());
      const { status, body } = await api().patch(`/sessions/${id}`, change);
      expect(status).toBe(422);
      expect(body['errors']).toEqual([expect.objectContaining({ field, code })]);
      expect((await api().get<SessionOut>(`/sessions/${id}`)).body.status).toBe('active');
    });

    it('answers 404 for an unknown session', async () => {
      expect((await api().patch(`/sessions/${NOWHERE}`, { status: 'active' })).status).toBe(404);
    });
  });

  describe('POST /sessions/resolve', () => {
    it('finds a session by its key, or says that there is none', async () => {
      const { id, external_session_key, workspace_id } = await openSession(api());
      for (const key of [{ external_session_key }, { external_session_key, workspace_id }]) {
        expect((await api().post('/sessions/resolve', key)).body).toEqual({ session_id: id, found: true });
      }
      for (const key of [{ external_session_key: 'unknown' }, { external_session_key, workspace_id: 'elsewhere' }]) {
        const { status, body } = await api().post('/sessions/resolve', key);
        expect([status, body]).toEqual([200, { session_id: null, found: false }]);
      }
    });
  });

  describe('GET /sessions/{id}/events', () => {
    it('pages by client_timestamp, whatever order the events came in', async () => {
      const { id } = await openSession(api());
      const events = [7, 2, 9, 2, 4].map((second) =>
        anEvent({
          session_id: id,
          client_timestamp: `2026-03-01T09:00:0${second}Z`,
          event_type: second === 4 ? 'error' : 'tool_call',
        }),
      );
      await api().post('/signals/events/batch', { events });
      const seen = await everyPage<EventOut>(api(), `/sessions/${id}/events`, 'after', 2);
      expect(seen.map((event) => event.client_timestamp.slice(18, 19))).toEqual(['2', '2', '4', '7', '9']);
      // Two at the same time stay in the order in which they were sent.
      expect(seen[0]!.payload).toEqual(events[1]!.payload);
      const { body } = await api().get<{ items: EventOut[] }>(`/sessions/${id}/events?event_type=error`);
      expect(body.items.map((event) => event.id)).toEqual([seen[2]!.id]);
    });
  });
}
