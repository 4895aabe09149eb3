import { describe, expect, it } from '@jest/globals';
import { DETECTORS } from './detectors.js';
import { ASession } from './fixtures/a-session.js';
import { TYPE_ERROR, VALUE_ERROR } from './fixtures/outputs.js';

const detectors = (session: ASession) => session.analyse().insights.map(({ payload }) => payload['detector']);
const FAILS = 'make: *** No rule to make target. Stop.';

describe('detectInsights', () => {
  it('has a name of its own for each detector', () => {
    expect(new Set(DETECTORS.map(({ name }) => name)).size).toBe(DETECTORS.length);
  });

  it('does not tell a loop again as errors of the agent', () => {
    const session = new ASession().edit('decrypt.py').run('python decrypt.py', TYPE_ERROR);
    session.edit('decrypt.py').run('python decrypt.py', VALUE_ERROR);
    for (let i = 0; i < 4; i++) session.run('ls');
    expect(detectors(session)).toEqual(['break-fix-loop']);
  });

  it('does not tell a storm again as a streak or as being stuck', () => {
    const session = new ASession();
    for (let i = 0; i < 31; i++) session.run('make', FAILS);
    expect(detectors(session)).toEqual(['retry-storm', 'high-error-density']);
  });

  it('keeps only the worst of very many findings', () => {
    const session = new ASession();
    for (let i = 0; i < 30; i++) {
      const times = i === 29 ? 6 : 2;
      for (let j = 0; j < times; j++) session.run(`make ${i}`, FAILS);
      session.edit('a.py');
    }
    const storms = session.analyse().insights.filter(({ payload }) => payload['detector'] === 'retry-storm');
    expect(storms).toHaveLength(25);
    expect(storms.at(-1)?.severity).toBe('high');
  });
});
