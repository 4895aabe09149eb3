import { describe, expect, it } from '@jest/globals';
import type { MCPSessionSnapshotResponse, SnapshotOut } from '#core/snapshots/snapshots.js';
import type { Api } from '../support/api.js';
import { openSession } from '../support/builders.js';

export function snapshotsContract(api: () => Api): void {
  const take = (body: unknown) => api().post<MCPSessionSnapshotResponse>('/state/session', body);

  describe('/state/session', () => {
    it('stores a snapshot, and the same content again not twice', async () => {
      const { id: session_id } = await openSession(api());
      const first = await take({ session_id, snapshot_type: 'plan', payload: { a: 1, b: [2] } });
      expect(first.status).toBe(201);
      expect(first.body).toMatchObject({ deduplicated: false, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
      const same = await take({ session_id, snapshot_type: 'plan', payload: { b: [2], a: 1 } });
      expect(same.body).toEqual({ ...first.body, deduplicated: true });

      const next = await take({ session_id, snapshot_type: 'plan', payload: { a: 2 } });
      expect(next.body.deduplicated).toBe(false);
      // Only the latest counts: going back to an earlier state is a change.
      const back = await take({ session_id, snapshot_type: 'plan', payload: { a: 1, b: [2] } });
      expect(back.body.deduplicated).toBe(false);
      const other = await take({ session_id, snapshot_type: 'memory', payload: { a: 1, b: [2] } });
      expect(other.body.deduplicated).toBe(false);

      const list = async (query: string) =>
        (await api().get<SnapshotOut[]>(`/state/session/${session_id}${query}`)).body;
      expect((await list('')).map((row) => row.id)).toEqual(
        [other, back, next, first].map(({ body }) => body.snapshot_id),
      );
      expect((await list('?snapshot_type=plan&limit=2')).map((row) => row.payload)).toEqual([
        { a: 1, b: [2] },
        { a: 2 },
      ]);
    });

    it('stores one of ten equal snapshots at once', async () => {
      const { id: session_id } = await openSession(api());
      const body = { session_id, snapshot_type: 'plan', payload: { step: 1 } };
      const answers = await Promise.all(Array.from({ length: 10 }, () => take(body)));
      expect(answers.filter((answer) => !answer.body.deduplicated)).toHaveLength(1);
    });

    it('answers 404 for an unknown session', async () => {
      const session_id = '019a0000-0000-7000-8000-000000000000';
      expect((await take({ session_id, snapshot_type: 'plan', payload: {} })).status).toBe(404);
      expect((await api().get(`/state/session/${session_id}`)).status).toBe(404);
    });
  });
}
