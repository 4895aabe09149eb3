import { describe, expect, it } from '@jest/globals';
import { ASession } from './fixtures/a-session.js';
import { summarise } from './summary.js';

describe('summarise', () => {
  it('shares the actions out and counts milestones by name', () => {
    const session = new ASession()
      .run('ls')
      .edit('a.py')
      .run('ls')
      .human('file_edit')
      .event('milestone', { payload: { name: 'tests green' } })
      .event('milestone', { rawMessage: 'tests green' })
      .event('milestone', { payload: { name: '__proto__' } })
      .event('error', { rawMessage: 'x' });
    const summary = summarise(session.trace());
    expect(summary).toMatchObject({ agent_activity_score: 0.75, human_activity_score: 0.25, error_density: 9.09 });
    expect(Object.entries(summary.milestone_breakdown)).toEqual([
      ['tests green', 2],
      ['__proto__', 1],
    ]);
  });

  it('has zeros for a session without actions', () => {
    expect(summarise(new ASession().event('agent_message').trace())).toEqual({
      agent_activity_score: 0,
      human_activity_score: 0,
      error_density: 0,
      milestone_breakdown: {},
    });
  });
});
