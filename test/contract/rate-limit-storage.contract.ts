import { beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Demand, RateLimitStorage, Taken } from '#gateway/rate-limit/rate-limit.storage.js';

const run = `${process.pid}-${Date.now()}`;
let keys = 0;

/** What every storage of limits does. */
export function rateLimitStorageContract(storage: () => RateLimitStorage): void {
  let key: string;
  beforeEach(() => {
    key = `ratelimit:tenant:calls:60:${run}-${++keys}`;
  });
  const demand = (limit: number, more: Partial<Demand> = {}): Demand => ({ key, limit, windowMs: 60_000, ...more });
  const take = async (...demands: Demand[]): Promise<Taken> => storage().take(demands);
  const left = async (...demands: Demand[]) => (await take(...demands)).standings.map(({ remaining }) => remaining);

  it('counts down, then refuses, and a refusal counts nothing', async () => {
    const seen: [number, number][] = [];
    for (let i = 0; i < 5; i++) {
      const { refused, standings } = await take(demand(3));
      seen.push([refused, standings[0]!.remaining]);
    }
    expect(seen).toEqual([
      [-1, 2],
      [-1, 1],
      [-1, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(await left(demand(5))).toEqual([1]);
  });

  it('begins a new window when the old one has ended, which no call puts off', async () => {
    const short = demand(2, { windowMs: 2_000 });
    const first = await take(short);
    expect(first.standings[0]!.resetsInMs).toBeGreaterThan(1_950);
    await delay(120);
    await take(short);
    const refused = await take(short);
    expect(refused.refused).toBe(0);
    expect(refused.standings[0]!.resetsInMs).toBeLessThanOrEqual(1_881);
    await delay(refused.standings[0]!.resetsInMs + 5);
    expect(await take(short)).toMatchObject({ refused: -1, standings: [{ remaining: 1 }] });
  });

  it('takes from every limit or from none', async () => {
    const [wide, narrow] = [demand(10), demand(1, { key: `${key}:narrow` })];
    expect(await left(wide, narrow)).toEqual([9, 0]);
    for (let i = 0; i < 3; i++) {
      expect(await take(wide, narrow)).toMatchObject({ refused: 1, standings: [{ remaining: 9 }, { remaining: 0 }] });
    }
    expect(await left(wide)).toEqual([8]);
    // The window of a limit that was never taken from has not begun.
    const fresh = demand(5, { key: `${key}:fresh`, windowMs: 300 });
    await take(fresh, narrow);
    await delay(50);
    expect((await take(fresh)).standings[0]!.resetsInMs).toBeGreaterThan(290);
  });

  it('names the limit that lasts longest', async () => {
    const demands = [demand(1, { key: `${key}:a`, windowMs: 1_000 }), demand(1, { key: `${key}:b` }), demand(9)];
    await take(...demands);
    expect((await take(...demands)).refused).toBe(1);
  });

  it.each([1, 40, 63])('lets exactly %i of 100 through that come at once', async (room) => {
    const taken = await Promise.all(
      Array.from({ length: 100 }, () => take(demand(room), demand(90, { key: `${key}:2` }))),
    );
    expect(taken.filter(({ refused }) => refused < 0)).toHaveLength(room);
    expect(await left(demand(90, { key: `${key}:2` }))).toEqual([89 - room]);
  });

  it('lets nothing through a limit of 0', async () => {
    expect(await take(demand(0))).toMatchObject({ refused: 0, standings: [{ remaining: 0, resetsInMs: 60_000 }] });
  });

  it('follows a limit that is changed while its window runs', async () => {
    await take(demand(3));
    await take(demand(3));
    expect(await take(demand(1))).toMatchObject({ refused: 0, standings: [{ remaining: 0 }] });
    expect(await left(demand(10))).toEqual([7]);
  });

  it('keeps keys apart, whatever is in them', async () => {
    const odd = ['', ' ', ':', '*', '\n', '\0', '{a}', '__proto__', 'é', '𝕏', 'x'.repeat(10_000)];
    for (const tail of odd) expect(await left(demand(2, { key: key + tail }))).toEqual([1]);
    for (const tail of odd) expect(await left(demand(2, { key: key + tail }))).toEqual([0]);
  });

  it('tells the time', async () => {
    const { now } = await take(demand(1));
    expect(Math.abs(now - Date.now())).toBeLessThan(5_000);
    expect(Number.isInteger(now)).toBe(true);
  });

  describe('as the storage of the throttler library', () => {
    it('counts and blocks', async () => {
      const hits = async () => storage().increment(key, 60_000, 2, 60_000, 'default');
      expect(await hits()).toEqual({ totalHits: 1, timeToExpire: 60, isBlocked: false, timeToBlockExpire: 0 });
      await hits();
      expect(await hits()).toMatchObject({ totalHits: 3, isBlocked: true, timeToBlockExpire: 60 });
    });
  });
}
