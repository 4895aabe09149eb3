import { expect, it } from '@jest/globals';
import { Bulkhead } from './bulkhead.js';

const standing = (bulkhead: Bulkhead) => [bulkhead.running, bulkhead.waiting];

it('lets in as many as there is room for, and lets as many wait as there are places', () => {
  const bulkhead = new Bulkhead(2, 1);
  expect([bulkhead.tryEnter(), bulkhead.tryEnter(), bulkhead.tryEnter()]).toEqual([true, true, false]);
  expect([bulkhead.wait() === undefined, bulkhead.wait() === undefined]).toEqual([false, true]);
  expect(standing(bulkhead)).toEqual([2, 1]);
});

it('gives a place that is left to whoever waits longest, and to nobody before', async () => {
  const bulkhead = new Bulkhead(1, 2);
  bulkhead.tryEnter();
  const order: string[] = [];
  const first = bulkhead.wait()!.entered.then(() => order.push('first'));
  const second = bulkhead.wait()!.entered.then(() => order.push('second'));
  bulkhead.leave();
  expect(bulkhead.tryEnter()).toBe(false);
  await first;
  expect([order, standing(bulkhead)]).toEqual([['first'], [1, 1]]);
  bulkhead.leave();
  await second;
  bulkhead.leave();
  expect([order, standing(bulkhead)]).toEqual([
    ['first', 'second'],
    [0, 0],
  ]);
});

it('forgets who gives up waiting', () => {
  const bulkhead = new Bulkhead(1, 1);
  bulkhead.tryEnter();
  bulkhead.wait()!.giveUp();
  bulkhead.leave();
  expect(standing(bulkhead)).toEqual([0, 0]);
});

it('loses no place to somebody who gives up in the moment that he is let in', async () => {
  const bulkhead = new Bulkhead(1, 2);
  bulkhead.tryEnter();
  const [gone, next] = [bulkhead.wait()!, bulkhead.wait()!];
  bulkhead.leave();
  gone.giveUp();
  await next.entered;
  expect(standing(bulkhead)).toEqual([1, 0]);
  next.giveUp();
  expect(standing(bulkhead)).toEqual([0, 0]);
});
