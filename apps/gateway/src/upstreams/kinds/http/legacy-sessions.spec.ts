import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { NO_CREDENTIAL } from '../../credentials/credential.js';
import { LegacySessions } from './legacy-sessions.js';
import type { Endpoint, Wire } from './wire.js';

const HOUR = 3_600_000;
const seat: Endpoint = { credential: NO_CREDENTIAL, path: '/', headers: {}, hide: (text) => text };
const { signal } = new AbortController();

let opened = 0;
let ended: string[];
let now: number;
let sessions: LegacySessions;

/** An upstream of which only sessions are known. */
const wire = {
  upstream: 'other',
  host: 'other.example',
  nextId: () => 1,
  aside: {
    request: async ({ method, headers }: { method: string; headers: Record<string, string> }, reader: unknown) => {
      if (method === 'DELETE') ended.push(headers['mcp-session-id']!);
      const said = { status: 200, headers: { 'mcp-session-id': `s${++opened}` } };
      void reader;
      return { ...said, body: Buffer.from('{"id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{}}}') };
    },
  },
} as unknown as Wire;

beforeEach(() => {
  jest.useFakeTimers();
  opened = now = 0;
  ended = [];
  sessions = new LegacySessions(wire, undefined, { most: 3, mostPerPrincipal: 2, idleMs: HOUR / 2 }, () => now);
});
afterEach(() => void jest.useRealTimers());

const idOf = async (principal: string, key = '') =>
  (await sessions.get({ ...seat, credential: { ...NO_CREDENTIAL, key } }, principal, signal)).state.id;

it('lets the least recently used go', async () => {
  const [a, b] = [await idOf('a'), await idOf('b')];
  await idOf('c');
  expect(await idOf('a')).toBe(a);
  await idOf('d');
  await jest.advanceTimersByTimeAsync(0);
  expect([ended, sessions.size]).toEqual([[b], 3]);
});

it('lets those of one principal drive out its own first', async () => {
  const first = await idOf('a', 'k1');
  await idOf('b');
  await idOf('a', 'k2');
  await idOf('a', 'k3');
  await jest.advanceTimersByTimeAsync(0);
  expect(ended).toEqual([first]);
});

it('ends none that is in use', async () => {
  const [busy] = [await sessions.get(seat, 'a', signal)];
  busy.busy++;
  const b = await idOf('b');
  await idOf('c');
  await idOf('d');
  await jest.advanceTimersByTimeAsync(0);
  expect(ended).toEqual([b]);
});

it('ends those that nobody has used for long, but none that is', async () => {
  const [a, b] = [await idOf('a'), await idOf('b')];
  now = HOUR / 3;
  await idOf('b');
  now = (2 * HOUR) / 3;
  await jest.advanceTimersByTimeAsync(60_000);
  expect([ended, sessions.size]).toEqual([[a], 1]);
  now = 2 * HOUR;
  await jest.advanceTimersByTimeAsync(60_000);
  expect([ended, sessions.size]).toEqual([[a, b], 0]);
  expect(jest.getTimerCount()).toBe(0);
});

it('opens none any more once it is closed', async () => {
  await idOf('a');
  await sessions.close(false);
  expect(ended).toHaveLength(1);
  await expect(idOf('b')).rejects.toMatchObject({ code: 'backend_unavailable' });
});
