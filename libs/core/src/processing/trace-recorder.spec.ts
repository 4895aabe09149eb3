import { describe, expect, it } from '@jest/globals';
import { ASession } from './fixtures/a-session.js';
import { TYPE_ERROR } from './fixtures/outputs.js';

const statuses = (session: ASession) => session.trace().actions.map(({ status }) => status);
const command = (text: string, callId?: string) => ({ payload: { command: text, ...(callId && { call_id: callId }) } });
const result = (output: string, callId?: string) => ({ payload: { output, ...(callId && { call_id: callId }) } });

describe('TraceRecorder', () => {
  it('pairs calls and results that come out of order', () => {
    const session = new ASession()
      .event('command_run', command('python a.py', 'a'))
      .event('command_run', command('python b.py', 'b'))
      .event('tool_result', result('ok', 'b'))
      .event('tool_result', result(TYPE_ERROR, 'a'));
    expect(statuses(session)).toEqual(['failed', 'passed']);
    expect(session.trace().errors).toMatchObject([{ eventId: 'e3', action: { eventId: 'e0' } }]);
  });

  it('gives a result without a call id to the action before it, past a message', () => {
    const session = new ASession()
      .event('command_run', command('python a.py'))
      .event('agent_message')
      .event('tool_result', result(TYPE_ERROR));
    expect(statuses(session)).toEqual(['failed']);
  });

  it('counts a failure once when the action and its result both tell it', () => {
    const session = new ASession()
      .event('test_run', { payload: { command: 'pytest', exit_code: 1, call_id: 'a' } })
      .event('tool_result', { payload: { output: TYPE_ERROR, is_error: true, call_id: 'a' } });
    expect(session.trace().errors).toHaveLength(1);
  });

  it('takes an error event with a call id for the outcome of the call', () => {
    const session = new ASession()
      .event('tool_call', command('python a.py', 'a'))
      .event('error', { payload: { message: 'boom', call_id: 'a' } });
    expect(statuses(session)).toEqual(['failed']);
  });

  it('keeps a failure whose call is not known', () => {
    const { actions, errors } = new ASession()
      .event('tool_result', { payload: { is_error: true, output: 'x' } })
      .trace();
    expect(actions).toEqual([]);
    expect(errors).toMatchObject([{ action: null, text: 'x' }]);
  });

  it('knows who acted', () => {
    const session = new ASession()
      .event('file_edit')
      .human('file_edit')
      .event('override')
      .event('human_action')
      .event('ci_status', { sourceType: 'ci', attributionSource: null, agentId: null })
      .event('file_edit', { sourceType: 'ide', attributionSource: null, agentId: null })
      .event('tool_call', { sourceType: 'gateway', attributionSource: null, agentId: null });
    expect(session.trace().actions.map(({ actor, agentId }) => agentId ?? actor)).toEqual([
      'agent-1',
      'human',
      'human',
      'human',
      'other',
      'other',
      'unknown-agent',
    ]);
  });

  it('takes the file of the failing call where an error names none', () => {
    expect(new ASession().run('python a.py', 'EXECUTION TIMED OUT').trace().errors[0]?.files).toEqual(['a.py']);
  });

  it('bounds the names of milestones', () => {
    const session = new ASession();
    for (let i = 0; i < 300; i++) session.event('milestone', { payload: { name: `m${i}` } });
    const { milestones } = session.trace();
    expect(milestones.size).toBe(201);
    expect(milestones.get('other')).toBe(100);
  });
});
