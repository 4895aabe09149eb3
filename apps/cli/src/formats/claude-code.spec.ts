import { describe, expect, it } from '@jest/globals';
import { eventsOf } from '../../test/events-of.js';
import { ScratchFolder } from '../../test/scratch-folder.js';
import { openRecording } from './open-recording.js';

const FIXTURE = 'test/fixtures/transcripts/claude-code.jsonl';

async function read(...lines: readonly unknown[]) {
  await using folder = await ScratchFolder.create();
  const recording = await openRecording(await folder.write('x.jsonl', lines), 'claude-code');
  return { ...recording, events: await Promise.all(recording.sessions.map((session) => eventsOf(session))) };
}

const entry = (type: string, content: unknown, more: object = {}) => ({
  type,
  sessionId: 's1',
  timestamp: '2026-01-01T00:00:00.000Z',
  cwd: '/repo',
  message: { role: type, content },
  ...more,
});

describe('readTranscript', () => {
  it('reads a session with everything that Claude Code writes', async () => {
    const { sessions, faults, skipped } = await openRecording(FIXTURE, 'auto');
    expect(sessions).toHaveLength(1);
    expect(sessions[0]).toMatchObject({
      key: 'claude-code:3f0c2b6e-6f0a-4a1f-9a57-0f8f6f2f1c11',
      startTime: '2026-03-02T09:00:01.000Z',
      status: 'completed',
      workspaceRoot: '/home/ada/shop',
      eventCount: 24,
      info: { version: '2.0.42', git_branch: 'fix/rounding' },
    });
    expect([faults, skipped]).toEqual([[], { summary: 1, 'file-history-snapshot': 1, user: 1, system: 1 }]);
  });

  it('maps what was said and done to events', async () => {
    const events = await eventsOf((await openRecording(FIXTURE, 'auto')).sessions[0]!);
    const brief = events.map((event) => [
      event.event_type,
      event.agent_metadata?.agent_id ?? event.attribution_source,
      event.payload?.['tool'] ?? event.payload?.['call_id'] ?? event.raw_message?.slice(0, 12),
      event.payload?.['step'],
    ]);
    expect(brief).toEqual([
      ['human_action', 'human', 'The cart tot', 0],
      ['agent_message', 'claude-code', 'Totals are s', 1],
      ['agent_message', 'claude-code', 'I will look ', 1],
      ['tool_call', 'claude-code', 'Read', 1],
      ['tool_result', 'claude-code', 'toolu_01', 1],
      ['file_edit', 'claude-code', 'Edit', 2],
      ['tool_result', 'claude-code', 'toolu_02', 2],
      ['test_run', 'claude-code', 'Bash', 3],
      ['tool_result', 'claude-code', 'toolu_03', 3],
      ['tool_call', 'claude-code', 'Task', 4],
      ['agent_message', 'claude-code', 'List every p', 4],
      ['tool_call', 'claude-code:sidechain', 'Grep', 5],
      ['tool_result', 'claude-code:sidechain', 'toolu_05', 5],
      ['agent_message', 'claude-code:sidechain', 'Two places: ', 6],
      ['tool_result', 'claude-code', 'toolu_04', 4],
      ['file_create', 'claude-code', 'Write', 7],
      ['tool_result', 'claude-code', 'toolu_06', 7],
      ['human_action', 'human', 'Use the mone', 7],
      ['human_action', 'human', '[image]', 7],
      ['tool_call', 'claude-code', 'mcp__tickets__comment', 8],
      ['tool_result', 'claude-code', 'toolu_07', 8],
      ['git_action', 'claude-code', 'Bash', 9],
      ['tool_result', 'claude-code', 'toolu_08', 9],
      ['agent_message', 'claude-code', 'Done: totals', 10],
    ]);
    expect(events[8]?.payload).toMatchObject({
      is_error: true,
      output: expect.stringContaining('FAIL src/cart.spec.ts'),
    });
    expect(events[12]?.payload).toMatchObject({ duration_ms: 12 });
    expect(events[3]).toMatchObject({
      file_path: '/home/ada/shop/src/cart.ts',
      agent_metadata: { provider: 'anthropic', model: 'claude-sonnet-4-5' },
    });
  });

  it('keeps the sessions of one file apart, and a sub-agent with a file of its own', async () => {
    const { sessions } = await read(
      entry('user', 'one'),
      entry('user', 'two', { sessionId: 's2' }),
      entry('user', 'three'),
      entry('user', 'four', { isSidechain: true, agentId: 'a7' }),
    );
    expect(sessions.map(({ key, eventCount }) => [key, eventCount])).toEqual([
      ['claude-code:s1', 2],
      ['claude-code:s2', 1],
      ['claude-code:s1:a7', 1],
    ]);
  });

  it('gives each block of an entry its own millisecond', async () => {
    const blocks = ['a', 'a'].map((text) => ({ type: 'text', text }));
    const { events } = await read(entry('assistant', blocks));
    expect(events[0]!.map(({ client_timestamp }) => client_timestamp.slice(-5))).toEqual(['.000Z', '.001Z']);
  });

  it('takes an entry that a resumed transcript repeats only once', async () => {
    const { sessions } = await read(
      entry('user', 'x', { uuid: 'u1' }),
      entry('user', 'x', { uuid: 'u1' }),
      entry('user', 'y', { uuid: 'u2' }),
    );
    expect(sessions[0]!.eventCount).toBe(2);
  });

  it('leaves out what nobody typed', async () => {
    const { sessions, skipped } = await read(
      entry('user', 'Caveat', { isMeta: true }),
      entry('user', 'This session is being continued', { isCompactSummary: true }),
      entry('user', '<local-command-stdout>ok</local-command-stdout>'),
      entry('attachment', 'x'),
    );
    expect([sessions, skipped]).toEqual([[], { user: 3, attachment: 1 }]);
  });

  it('survives entries of any shape', async () => {
    const { events, sessions } = await read(
      { type: 'user' },
      { type: 7, sessionId: [] },
      entry('user', 'before any time', { timestamp: 'yesterday' }),
      entry('assistant', [null, 7, 'x', {}, { type: 'tool_use' }, { type: 'tool_use', name: 'Bash', input: 'ls' }]),
      entry('assistant', { type: 'text' }),
      entry('user', [{ type: 'tool_result', content: [{ type: 'image' }, null], is_error: 'yes' }], {
        timestamp: null,
      }),
      { ...entry('user', ''), message: 'text' },
    );
    expect(sessions[0]!.eventCount).toBe(3);
    expect(events[0]).toMatchObject([
      { event_type: 'tool_call', payload: { tool: 'unknown' } },
      { event_type: 'tool_call', payload: { tool: 'Bash', arguments: {} } },
      {
        event_type: 'tool_result',
        payload: { output: '[image]\n[unknown]', is_error: undefined },
        client_timestamp: '2026-01-01T00:00:00.000Z',
      },
    ]);
  });

  it('depends on nothing of the machine that it runs on, and on no time that cannot be', async () => {
    const bash = { type: 'tool_use', name: 'Bash', input: { command: 'rm a.py' } };
    const { events } = await read(
      entry('assistant', [bash], { cwd: 'C:\\repo' }),
      entry('assistant', [bash, bash], { timestamp: '+275760-09-13T00:00:00.000Z' }),
    );
    expect(events[0]!.map(({ file_path }) => file_path)).toEqual(['a.py', '/repo/a.py', '/repo/a.py']);
    expect(events[0]!.every(({ client_timestamp }) => client_timestamp.startsWith('2026-01-01'))).toBe(true);
  });

  it('marks an answer that is an error of the API, and not its stand-in model', async () => {
    const failure = entry('assistant', [{ type: 'text', text: 'API Error: 529' }], { isApiErrorMessage: true });
    const { events } = await read({ ...failure, message: { ...failure.message, model: '<synthetic>' } });
    expect(events[0]).toMatchObject([{ payload: { is_error: true }, agent_metadata: { model: undefined } }]);
  });
});
