import { describe, expect, it } from '@jest/globals';
import { ASession } from '../fixtures/a-session.js';
import { TYPE_ERROR } from '../fixtures/outputs.js';
import { stuckAgent } from './stuck-agent.js';

const detect = (session: ASession, explained: ReadonlySet<string> = new Set()) =>
  stuckAgent.detect(session.trace(), { ...session.context(), explained });

function wander(times: number, session = new ASession().edit('a.py')): ASession {
  for (let i = 0; i < times; i++) session.run(i % 2 === 0 ? 'cat a.py' : `grep -n f${i} a.py`);
  return session;
}

describe('stuck-agent', () => {
  it('reports a long stretch without progress and what filled it', () => {
    const [finding] = detect(wander(32));
    expect(finding).toMatchObject({
      agentId: 'agent-1',
      severity: 'medium',
      title: 'agent-1 made no progress over 32 actions',
      figures: { actions: 32, views: 32, edits: 0, failures: 0 },
    });
    expect(finding?.message).toContain('`cat a.py` alone came 16 times');
    expect(detect(wander(60))).toMatchObject([{ severity: 'high' }]);
  });

  it('counts editing one file over and over as no progress while its runs fail', () => {
    const session = new ASession().edit('a.py');
    for (let i = 0; i < 15; i++) session.edit('a.py').run('python a.py', TYPE_ERROR);
    expect(detect(session)).toMatchObject([{ figures: { actions: 30, edits: 15, failures: 15 } }]);
  });

  it.each([
    ['a passing run after a change', (session: ASession) => session.edit('a.py').run('python a.py', 'ok')],
    ['a new file', (session: ASession) => session.step('file_create', 'create b.py', '', 'b.py')],
    ['a file changed for the first time', (session: ASession) => session.edit('b.py')],
    ['a commit', (session: ASession) => session.run('git commit -m x')],
    ['a milestone', (session: ASession) => session.event('milestone')],
  ])('sees progress in %s', (_, progress) => {
    expect(detect(wander(20, progress(wander(20))))).toEqual([]);
  });

  it('does not see progress in a passing run that nothing was changed for', () => {
    expect(
      detect(wander(20, wander(20, new ASession().edit('a.py').run('python a.py')).run('python a.py'))),
    ).toHaveLength(1);
  });

  it('leaves out a stretch whose failures another insight explains', () => {
    const session = new ASession().edit('a.py');
    for (let i = 0; i < 30; i++) session.run('python a.py', TYPE_ERROR);
    const explained = new Set(session.trace().errors.map(({ eventId }) => eventId));
    expect(detect(session)).toHaveLength(1);
    expect(detect(session, explained)).toEqual([]);
  });
});
