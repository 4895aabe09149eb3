import { describe, expect, it } from '@jest/globals';
import { ASession } from '../fixtures/a-session.js';
import { performanceRegression } from './performance-regression.js';

const FAILS = 'make: *** No rule to make target. Stop.';
const before = { sessions: 4, success_rate: 0.95, induced_error_rate: 0.3, override_rate: 0 };

function detect(failures: number, baselines: ReadonlyMap<string, typeof before>) {
  const session = new ASession('a');
  for (let i = 0; i < 10; i++) session.run(`make ${i}`, i < failures ? FAILS : '');
  return performanceRegression.detect(session.trace(), session.context(baselines));
}

describe('performance-regression', () => {
  it('says what fell, from where to where', () => {
    expect(detect(4, new Map([['a', before]]))).toMatchObject([
      {
        key: 'a',
        agentId: 'a',
        severity: 'medium',
        message: expect.stringContaining('Against 4 earlier sessions: actions that succeeded fell from 95 % to 60 %.'),
        evidence: ['e1', 'e3', 'e5', 'e7'],
        figures: { flags: ['success_rate_drop'], baseline: before, success_rate: 0.6 },
      },
    ]);
  });

  it('is silent without a flag or without a baseline', () => {
    expect(detect(1, new Map([['a', before]]))).toEqual([]);
    expect(detect(4, new Map())).toEqual([]);
  });
});
