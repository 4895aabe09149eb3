import { describe, expect, it } from '@jest/globals';
import type { MCPHandshakeResponse } from '#core/handshake/handshakes.js';
import type { Api } from '../support/api.js';
import { anEvent, openSession } from '../support/builders.js';

const aHandshake = (overrides: Record<string, unknown> = {}) => ({
  client_name: 'ide',
  client_version: '1.2.3',
  workspace_id: 'analytical-engine',
  capabilities: { insights: true, snapshots: false, telepathy: true },
  ...overrides,
});

/** Capability negotiation and the token that it gives out. */
export function handshakeContract(api: () => Api): void {
  describe('POST /handshake', () => {
    it('offers what both sides have, and the limits that hold', async () => {
      const { status, body } = await api().post<MCPHandshakeResponse>('/handshake', aHandshake());
      expect(status).toBe(200);
      expect(body.features).toMatchObject({ insights: true, snapshots: false, telepathy: false, batch_events: false });
      expect(body).toMatchObject({ preferred_batch_size: 500, max_payload_bytes: 8_388_608 });
      expect(body.limits).toMatchObject({ max_batch_events: 1_000 });
      expect(Date.parse(body.expires_at)).toBeGreaterThan(Date.now());
    });

    it.each([
      ['2025-11-25', '2025-11-25'],
      ['1999-01-01', '2026-07-28'],
      [undefined, '2026-07-28'],
    ])('answers protocol version %s with %s', async (asked, given) => {
      const { body } = await api().post('/handshake', aHandshake({ protocol_version: asked }));
      expect(body['protocol_version']).toBe(given);
    });

    it('gives a token that the signals routes take, within its workspace, and no other route does', async () => {
      const mine = await openSession(api(), { external_session_key: 'same-key', workspace_id: 'mine' });
      await openSession(api(), { external_session_key: 'same-key', workspace_id: 'theirs' });
      const { body } = await api().post<MCPHandshakeResponse>('/handshake', aHandshake({ workspace_id: 'mine' }));
      const holder = api().with({ authorization: `Bearer ${body.mcp_session_token}` });

      const recorded = await holder.post('/signals/events', anEvent({ external_session_key: 'same-key' }));
      expect(recorded.status).toBe(202);
      const { body: page } = await api().get<{ items: unknown[] }>(`/sessions/${mine.id}/events`);
      expect(page.items).toHaveLength(1);
      expect((await holder.get(`/signals/insights?session_id=${mine.id}`)).status).toBe(200);

      for (const path of ['/sessions', `/sessions/${mine.id}`, `/insights/recent?session_id=${mine.id}`]) {
        const refused = await holder.get(path);
        expect(refused.status).toBe(401);
        expect(refused.headers.get('www-authenticate')).toContain('invalid_token');
      }
    });

    it('refuses a token that was altered, cut or made up', async () => {
      const { body } = await api().post<MCPHandshakeResponse>('/handshake', aHandshake());
      const token = body.mcp_session_token;
      const flipped = token.slice(0, -2) + (token.at(-2) === 'A' ? 'B' : 'A') + token.at(-1);
      for (const forged of [flipped, token.slice(0, -4), 'ams_', 'ams_AAAA', `ams_${'A'.repeat(120)}`]) {
        const holder = api().with({ authorization: `Bearer ${forged}` });
        expect((await holder.post('/signals/events', anEvent())).status).toBe(401);
      }
    });
  });
}
