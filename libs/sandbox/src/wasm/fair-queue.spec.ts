import { describe, expect, it } from '@jest/globals';
import { FairQueue } from './fair-queue.js';

/** `a1 b1`: pushed in this order; the letter is the tenant. @returns who was turned away */
function push(queue: FairQueue<string>, items: string, most = 100): string {
  const turnedAway = items.split(' ').map((item) => queue.push(item[0]!, item, most));
  return turnedAway.filter((item) => item !== undefined).join(' ');
}

function drain(queue: FairQueue<string>): string {
  const items = [];
  for (let item = queue.shift(); item; item = queue.shift()) items.push(item);
  return items.join(' ');
}

describe('a fair queue', () => {
  it.each([
    ['a1 a2 a3', 'a1 a2 a3'],
    ['a1 a2 a3 b1', 'a1 b1 a2 a3'],
    ['a1 a2 b1 b2 c1', 'a1 b1 c1 a2 b2'],
  ])('that %s came to lets %s through', (items, order) => {
    const queue = new FairQueue<string>();
    expect(push(queue, items)).toBe('');
    expect(queue.length).toBe(items.split(' ').length);
    expect(drain(queue)).toBe(order);
    expect(queue.length).toBe(0);
  });

  it.each([
    ['its own one too many', 'a1 a2 a3', 2, 'a3', 'a1 a2'],
    ['the latest of who has most', 'a1 a2 a3 b1', 3, 'a3', 'a1 b1 a2'],
    ['who would have as many', 'a1 a2 b1 b2', 3, 'b2', 'a1 b1 a2'],
    ['everybody where nobody may wait', 'a1 b1', 0, 'a1 b1', ''],
  ])('turns away %s', (_who, items, most, turnedAway, order) => {
    const queue = new FairQueue<string>();
    expect(push(queue, items, most)).toBe(turnedAway);
    expect(drain(queue)).toBe(order);
  });

  it('forgets who leaves', () => {
    const queue = new FairQueue<string>();
    push(queue, 'a1 a2 b1');
    queue.delete('a', 'a1');
    queue.delete('a', 'a1');
    queue.delete('c', 'c1');
    expect(queue.length).toBe(2);
    expect(drain(queue)).toBe('a2 b1');
  });
});
