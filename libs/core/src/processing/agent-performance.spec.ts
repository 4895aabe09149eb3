import { describe, expect, it } from '@jest/globals';
import { ASession } from './fixtures/a-session.js';
import { rejected, TYPE_ERROR } from './fixtures/outputs.js';

const REJECTED = rejected('E999 SyntaxError: x');
const of = (session: ASession) => session.analyse().performance;
const human = (session: ASession, filePath: string) => session.human('file_edit', { filePath });

describe('measureAgents', () => {
  it('counts actions, successes and induced errors per agent', () => {
    const session = new ASession('a')
      .edit('decrypt.py')
      .run('python decrypt.py', TYPE_ERROR)
      .edit('decrypt.py', REJECTED)
      .run('cat decrypt.py')
      .event('command_run', { agentId: 'b', payload: { command: 'ls' } });
    expect(of(session)).toMatchObject([
      {
        agent_id: 'a',
        total_actions: 4,
        successful_actions: 2,
        success_rate: 0.5,
        induced_error_count: 2,
        induced_error_rate: 0.5,
        metrics_version: 1,
      },
      { agent_id: 'b', total_actions: 1, successful_actions: 1, induced_error_count: 0 },
    ]);
  });

  it('does not call an error induced that another file raised', () => {
    expect(of(new ASession().edit('other.py').run('python decrypt.py', TYPE_ERROR))[0]?.induced_error_count).toBe(0);
  });

  it('counts an edit that a human edits again once, however often', () => {
    expect(of(human(human(new ASession().edit('a.py'), '/repo/a.py'), 'a.py'))[0]?.override_count).toBe(1);
    expect(of(human(new ASession().edit('a.py'), 'b.py'))[0]?.override_count).toBe(0);
    expect(of(human(new ASession().edit('a.py', REJECTED), 'a.py'))[0]?.override_count).toBe(0);
    expect(of(human(new ASession().edit('a.py').wait(16 * 60_000), 'a.py'))[0]?.override_count).toBe(0);
  });

  it('counts overrides against the agent that acted last', () => {
    const session = new ASession('a').edit('a.py').event('file_edit', { agentId: 'b', filePath: 'b.py' });
    expect(of(session.human('override'))).toMatchObject([{ override_count: 0 }, { override_count: 1 }]);
    expect(of(session.human('override', { filePath: 'a.py' }))).toMatchObject([
      { override_count: 1 },
      { override_count: 1 },
    ]);
  });

  describe('against a baseline', () => {
    const failing = () =>
      human(new ASession('a').edit('a.py', REJECTED).edit('a.py', REJECTED).run('ls').run('ls').edit('a.py'), 'a.py');
    const baseline = { sessions: 3, success_rate: 0.9, induced_error_rate: 0.05, override_rate: 0.01 };
    const flags = (session: ASession, before: typeof baseline) =>
      session.analyse(new Map([['a', before]])).performance[0]?.regression_flags;

    it('flags what clearly got worse', () => {
      expect(flags(failing(), baseline)).toEqual([
        'success_rate_drop',
        'induced_error_rate_rise',
        'override_rate_rise',
      ]);
    });

    it('flags nothing without enough sessions, actions or difference', () => {
      expect(flags(failing(), { ...baseline, sessions: 2 })).toEqual([]);
      expect(flags(new ASession('a').edit('a.py', REJECTED), baseline)).toEqual([]);
      expect(
        flags(failing(), { sessions: 9, success_rate: 0.7, induced_error_rate: 0.35, override_rate: 0.2 }),
      ).toEqual([]);
    });
  });
});
