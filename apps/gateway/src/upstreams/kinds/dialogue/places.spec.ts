import { describe, expect, it } from '@jest/globals';
import { type Occupant, Places } from './places.js';

class Guest implements Occupant {
  isIdle = true;
  isReplaced = false;
  release: (() => void) | undefined;
  asked = 0;

  constructor(
    readonly owner: string,
    readonly lastUsed: number,
  ) {}

  makeRoom(): void {
    this.asked++;
  }

  async enter(places: Places, most = 9, signal = new AbortController().signal): Promise<void> {
    this.release = await places.take(this, most, signal);
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Places', () => {
  it('takes so many, then asks the one that has been idle longest, and lets the next in when it has gone', async () => {
    const places = new Places(2);
    const [a, b, c] = [new Guest('x', 2), new Guest('y', 1), new Guest('z', 3)];
    await a.enter(places);
    await b.enter(places);
    void c.enter(places);
    await turn();
    expect([a.asked, b.asked, c.release, places.taken]).toEqual([0, 1, undefined, 2]);
    b.release!();
    b.release!();
    await turn();
    expect([c.release !== undefined, places.taken]).toEqual([true, 2]);
  });

  it('asks nobody who is at work, until it is not', async () => {
    const places = new Places(1);
    const [a, b] = [new Guest('x', 1), new Guest('y', 2)];
    a.isIdle = false;
    await a.enter(places);
    void b.enter(places);
    expect(a.asked).toBe(0);
    a.isIdle = true;
    places.changed();
    places.changed();
    expect(a.asked).toBe(1);
  });

  it('keeps an owner to its own share, which no other one has to make room for', async () => {
    const places = new Places(9);
    const [a, b, c, other] = [new Guest('x', 1), new Guest('x', 2), new Guest('x', 3), new Guest('y', 0)];
    for (const guest of [other, a, b]) await guest.enter(places, 2);
    void c.enter(places, 2);
    expect([other.asked, a.asked, b.asked]).toEqual([0, 1, 0]);
    await new Guest('y', 4).enter(places, 2);
    // One that is replaced does not count.
    b.isReplaced = true;
    places.changed();
    await turn();
    expect(c.release).toBeDefined();
  });

  it('asks one for each who waits', async () => {
    const places = new Places(3);
    const inside = [1, 2, 3].map((n) => new Guest('x', n));
    for (const guest of inside) await guest.enter(places);
    void new Guest('y', 4).enter(places);
    void new Guest('y', 5).enter(places);
    expect(inside.map(({ asked }) => asked)).toEqual([1, 1, 0]);
  });

  it('turns away whom nobody waits for, and those beyond a bound', async () => {
    const places = new Places(1);
    const inside = new Guest('x', 1);
    inside.isIdle = false;
    await inside.enter(places);
    const over = new AbortController();
    const left = new Guest('y', 2).enter(places, 9, over.signal);
    over.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    const waiting = Array.from({ length: 256 }, (_, n) => new Guest('y', n).enter(places));
    await expect(new Guest('y', 1).enter(places)).rejects.toMatchObject({ code: 'guard_rejection' });
    expect(waiting).toHaveLength(256);
  });
});
