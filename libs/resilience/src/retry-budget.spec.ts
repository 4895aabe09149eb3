import { expect, it } from '@jest/globals';
import { RetryBudget } from './retry-budget.js';

/** So many calls of which each fails and would like to be repeated twice. */
function failing(budget: RetryBudget, calls: number): number {
  let retries = 0;
  for (let i = 0; i < calls; i++) {
    budget.called();
    for (let again = 0; again < 2; again++) if (budget.take()) retries++;
  }
  return retries;
}

it.each([
  [4, 0],
  [5, 1],
  [200, 40],
  [1_001, 200],
])('of %d failing calls %d are repeated', (calls, retries) => expect(failing(new RetryBudget(), calls)).toBe(retries));

it('is never more than a fifth of all calls', () => {
  const budget = new RetryBudget();
  let retries = 0;
  for (let calls = 1; calls <= 500; calls++) {
    retries += failing(budget, 1);
    expect(retries).toBeLessThanOrEqual(calls / 5);
  }
});

it('saves up twenty retries in good times and no more', () => {
  const budget = new RetryBudget();
  for (let i = 0; i < 100_000; i++) budget.called();
  expect(failing(budget, 1)).toBe(2);
  expect(failing(budget, 90)).toBe(18 + 18);
});
