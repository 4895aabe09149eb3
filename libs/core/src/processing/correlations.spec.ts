import { describe, expect, it } from '@jest/globals';
import { correlate, toDraft } from './correlations.js';
import { ASession } from './fixtures/a-session.js';
import { PIXEL_ERROR, rejected, TYPE_ERROR } from './fixtures/outputs.js';

const causes = (session: ASession) => correlate(session.trace()).map(toDraft);

describe('correlate', () => {
  it('blames the edit of the file that raised the error', () => {
    const session = new ASession().edit('decrypt.py').edit('other.py').run('python decrypt.py', TYPE_ERROR);
    expect(causes(session)).toEqual([
      {
        cause_event_id: 'e0',
        effect_event_id: 'e5',
        effect_at: Date.UTC(2026, 0, 5, 9, 0, 6),
        correlation_type: 'agent_action_caused_error',
        confidence: 0.985,
        time_delta_ms: 5_000,
        file_match: true,
        metadata: {
          error_type: 'TypeError',
          action: 'edit 1:1',
          agent_id: 'agent-1',
          files: ['decrypt.py'],
          own_outcome: false,
        },
      },
    ]);
  });

  it('is less sure when the error only passed through the file', () => {
    const session = new ASession().edit('reproduce_bug.py').run('python reproduce_bug.py', PIXEL_ERROR);
    expect(causes(session)).toMatchObject([{ confidence: 0.84, file_match: true }]);
  });

  it('is least sure of an edit elsewhere', () => {
    const session = new ASession().edit('other.py').run('python decrypt.py', TYPE_ERROR);
    expect(causes(session)).toMatchObject([{ confidence: 0.79, file_match: false }]);
  });

  it('knows that a rejected edit is its own cause and of nothing else', () => {
    const session = new ASession()
      .edit('decrypt.py', rejected('F821 undefined name'))
      .run('python decrypt.py', TYPE_ERROR);
    expect(causes(session)).toMatchObject([
      { cause_event_id: 'e0', effect_event_id: 'e1', correlation_type: 'rejected_edit', confidence: 0.99 },
      { cause_event_id: 'e2', effect_event_id: 'e3', correlation_type: 'agent_action_caused_error', confidence: 0.7 },
    ]);
  });

  it('names a human cause beside the agent`s, with less confidence', () => {
    const session = new ASession()
      .human('file_edit', { filePath: 'decrypt.py' })
      .edit('other.py')
      .run('python decrypt.py', TYPE_ERROR);
    expect(causes(session)).toMatchObject([
      { cause_event_id: 'e1', correlation_type: 'agent_action_caused_error' },
      { cause_event_id: 'e0', correlation_type: 'human_action_preceded_error', confidence: 0.785, file_match: true },
    ]);
  });

  it('does not blame a human for an agent`s wrong path', () => {
    const session = new ASession()
      .human('file_edit', { filePath: 'a.py' })
      .run('cat b.py', 'cat: b.py: No such file or directory');
    expect(causes(session)).toMatchObject([{ cause_event_id: 'e1', metadata: { own_outcome: true } }]);
  });

  it('does blame a human who removed the file', () => {
    const session = new ASession()
      .human('file_delete', { filePath: 'b.py' })
      .run('cat b.py', 'cat: b.py: No such file or directory');
    expect(causes(session)).toMatchObject([{ cause_event_id: 'e1' }, { cause_event_id: 'e0', file_match: true }]);
  });

  it('looks back no further than the window', () => {
    const late = new ASession()
      .edit('decrypt.py')
      .wait(16 * 60_000)
      .event('error', { payload: { message: 'x' }, filePath: 'decrypt.py' });
    expect(causes(late)).toEqual([]);
    const far = new ASession().edit('decrypt.py');
    for (let i = 0; i < 20; i++) far.run('cat a.py');
    expect(causes(far.event('error', { payload: { message: 'x' } }))).toEqual([]);
  });

  it('falls back to what was run last for an error that came on its own', () => {
    const session = new ASession()
      .run('npm start')
      .run('cat a.js')
      .event('error', { payload: { message: 'boom' } });
    expect(causes(session)).toMatchObject([{ cause_event_id: 'e0', confidence: 0.7, file_match: false }]);
  });

  describe('for an action that carries its own outcome', () => {
    const failedRun = (output: string) => ({ payload: { command: 'python decrypt.py', exit_code: 1, output } });
    const failedEdit = {
      filePath: 'decrypt.py',
      payload: { tool: 'edit', success: false, error: 'String not found.' },
    };

    it.each([
      ['a refused edit', new ASession().event('file_edit', failedEdit)],
      ['a failed run', new ASession().event('command_run', failedRun(TYPE_ERROR))],
      ['a human`s failed run', new ASession().human('command_run', failedRun(TYPE_ERROR))],
      ['a run after an edit elsewhere', new ASession().edit('a.py').event('file_edit', failedEdit)],
    ])('never makes %s its own cause', (_name, session) => {
      expect(session.trace().errors).toHaveLength(1);
      expect(causes(session)).toEqual([]);
    });

    it('still finds an earlier cause', () => {
      const run = new ASession().edit('decrypt.py').event('command_run', failedRun(TYPE_ERROR));
      const edit = new ASession().edit('decrypt.py').event('file_edit', failedEdit);
      for (const session of [run, edit]) {
        expect(causes(session)).toMatchObject([
          { cause_event_id: 'e0', effect_event_id: 'e2', metadata: { own_outcome: false } },
        ]);
      }
    });
  });
});
