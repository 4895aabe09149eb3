import { describe, expect, it } from '@jest/globals';
import { ASession } from '../fixtures/a-session.js';
import { toolFailureStreak } from './tool-failure-streak.js';

const detect = (session: ASession, explained: ReadonlySet<string> = new Set()) =>
  toolFailureStreak.detect(session.trace(), { ...session.context(), explained });

function failing(times: number, session = new ASession()): ASession {
  for (let i = 0; i < times; i++) session.run(`tool-${i}`, `bash: tool-${i}: command not found`);
  return session;
}

describe('tool-failure-streak', () => {
  it('reports different calls that fail one after the other', () => {
    expect(detect(failing(4))).toMatchObject([
      {
        agentId: 'agent-1',
        severity: 'medium',
        title: '4 calls failed one after the other',
        evidence: ['e1', 'e3', 'e5', 'e7'],
        figures: { failures: 4, distinct_calls: 4 },
      },
    ]);
    expect(detect(failing(8))).toMatchObject([{ severity: 'high' }]);
  });

  it('needs more than three, without a success between them', () => {
    expect(detect(failing(3))).toEqual([]);
    expect(detect(failing(2, failing(2).run('ls', 'a.py')))).toEqual([]);
  });

  it('leaves out a streak that another insight has told', () => {
    expect(detect(failing(5), new Set(['e1', 'e3']))).toEqual([]);
  });
});
