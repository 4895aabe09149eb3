import { expect, it } from '@jest/globals';
import type { HttpUpstream } from '#config/upstreams-file.js';
import { NO_CREDENTIAL } from '../../credentials/credential.js';
import type { UpstreamDescription } from '../../upstream-connection.js';
import { Eras } from './eras.js';
import { NotModern } from './modern.js';
import type { Endpoint } from './wire.js';

const MINUTE = 60_000;
const MODERN: UpstreamDescription = { era: 'modern', version: '2026-07-28', capabilities: {} };
const seat = (key: string): Endpoint => ({
  credential: { ...NO_CREDENTIAL, key },
  path: '/',
  headers: {},
  hide: (text) => text,
});
const { signal } = new AbortController();

function probing() {
  const it = {
    asked: 0,
    isModern: false,
    now: 0,
    discover: async () => {
      it.asked++;
      if (it.isModern) return MODERN;
      throw new NotModern(new Error('old'));
    },
  };
  const spec = { name: 'other', era: 'auto' } as HttpUpstream;
  return Object.assign(it, { eras: new Eras(spec, it as never, () => it.now) });
}

it('looks again, behind the back of who calls, whether an old upstream has been renewed', async () => {
  const probe = probing();
  const { eras } = probe;
  expect(await eras.of(seat('a'), signal)).toBe('legacy');
  probe.now = 4 * MINUTE;
  expect([eras.of(seat('a'), signal), probe.asked]).toEqual(['legacy', 1]);
  probe.now = 6 * MINUTE;
  probe.isModern = true;
  // Nobody waits, and of many only the first one asks.
  expect([eras.of(seat('a'), signal), eras.of(seat('a'), signal), probe.asked]).toEqual(['legacy', 'legacy', 2]);
  await new Promise(setImmediate);
  expect(eras.of(seat('a'), signal)).toBe('modern');
  probe.now = 600 * MINUTE;
  expect([eras.of(seat('a'), signal), probe.asked]).toEqual(['modern', 2]);
});

it('asks for each credential', async () => {
  const probe = probing();
  expect(await probe.eras.of(seat('a'), signal)).toBe('legacy');
  probe.isModern = true;
  expect(await probe.eras.of(seat('b'), signal)).toBe('modern');
  expect(probe.eras.of(seat('a'), signal)).toBe('legacy');
});

it('describes as it did a moment ago, and asks anew later', async () => {
  const probe = probing();
  probe.isModern = true;
  const described = await probe.eras.describe(seat('a'), signal);
  expect(await probe.eras.describe(seat('a'), signal)).toBe(described);
  expect(probe.asked).toBe(1);
  probe.now = MINUTE;
  await probe.eras.describe(seat('a'), signal);
  expect(probe.asked).toBe(2);
});

it('does not hold those who still wait against one who leaves', async () => {
  const probe = probing();
  const leaving = new AbortController();
  const asked = [probe.eras.of(seat('a'), leaving.signal), probe.eras.of(seat('a'), signal)];
  leaving.abort(new Error('left'));
  await expect(asked[0]).rejects.toThrow('left');
  expect([await asked[1], probe.asked]).toEqual(['legacy', 1]);
});
