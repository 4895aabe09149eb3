import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { eventsOf } from '../../test/events-of.js';
import { readTrajectory } from './swe-agent.js';
import { sweAgentAction } from './swe-agent-actions.js';

const START = '2026-01-01T00:00:00.000Z';
const SHA256 = 'c2ca395c37f23e8f'.padEnd(64, '0');

const read = (text: string, path = 'runs/case.traj') =>
  readTrajectory({ path, text, sha256: SHA256, modifiedMs: Date.parse(START) });
const fixture = (name: string) =>
  read(readFileSync(`test/fixtures/trajectories/${name}.traj.json`, 'utf8'), `x/${name}.traj.json`);
const trajectory = (steps: unknown[], more: object = {}) => read(JSON.stringify({ trajectory: steps, ...more }));

describe('readTrajectory', () => {
  it.each([
    ['ctf-crypto-baby-encryption', 47],
    ['ctf-crypto-katy', 53],
    ['ctf-misc-networking', 13],
    ['ctf-pwn-warmup', 22],
    ['marshmallow-1867-function-calling', 34],
    ['pydicom-1458', 37],
  ])('%s: %i events in strict order of time, ending with the submission', async (name, count) => {
    const session = fixture(name);
    const events = await eventsOf(session);
    const times = events.map(({ client_timestamp }) => client_timestamp);
    expect([session.eventCount, events.length, session.status]).toEqual([count, count, 'completed']);
    expect(times).toEqual([...new Set(times)].sort());
    expect(events.at(-1)).toMatchObject({ event_type: 'milestone', payload: { name: 'submitted' } });
  });

  it('tells the whole story of a run', async () => {
    const session = fixture('marshmallow-1867-function-calling');
    expect(session).toMatchObject({
      key: 'swe-agent:marshmallow-1867-function-calling:c2ca395c37f23e8f',
      startTime: START,
      workspaceRoot: '/testbed',
      info: { exit_status: 'submitted', environment: 'main' },
    });
    const actions = (await eventsOf(session)).filter(({ payload }) => payload?.['tool']);
    expect(actions.map(({ event_type, file_path, payload }) => [event_type, payload?.['tool'], file_path])).toEqual([
      ['file_create', 'create', '/testbed/reproduce.py'],
      ['file_edit', 'edit', '/testbed/reproduce.py'],
      ['command_run', 'bash', undefined],
      ['command_run', 'bash', undefined],
      ['tool_call', 'find_file', undefined],
      ['tool_call', 'open', '/testbed/src/marshmallow/fields.py'],
      ['file_edit', 'edit', '/testbed/src/marshmallow/fields.py'],
      ['file_edit', 'edit', '/testbed/src/marshmallow/fields.py'],
      ['command_run', 'bash', undefined],
      ['file_delete', 'bash', '/testbed/reproduce.py'],
      ['tool_call', 'submit', undefined],
    ]);
    expect((await eventsOf(session))[2]).toEqual({
      event_type: 'tool_result',
      source_type: 'agent',
      source_name: 'swe-agent',
      attribution_source: 'agent',
      agent_metadata: { agent_id: 'swe-agent', model: 'gpt-4o' },
      project_root: '/testbed',
      client_timestamp: '2026-01-01T00:00:00.002Z',
      payload: { call_id: 'step-1', step: 1, output: '[File: reproduce.py (1 lines total)]\r\n1:', duration_ms: 240 },
    });
  });

  it('reads a state in a string, which is the state before the action', async () => {
    const edits = (await eventsOf(fixture('pydicom-1458'))).filter(({ event_type }) => event_type === 'file_edit');
    expect(edits.map(({ file_path }) => file_path)).toEqual([
      '/pydicom__pydicom/reproduce_bug.py',
      ...Array.from({ length: 4 }, () => '/pydicom__pydicom/pydicom/pixel_data_handlers/numpy_handler.py'),
    ]);
  });

  it('counts its times from the start that it is given', async () => {
    const session = fixture('pydicom-1458');
    const [first] = await eventsOf(session, '2025-05-05T05:05:05.000Z');
    expect(first?.client_timestamp).toBe('2025-05-05T05:05:05.000Z');
    expect(await eventsOf(session)).toEqual(await eventsOf(session));
  });

  it.each([
    [{}, 'abandoned'],
    [{ info: { exit_status: 'exit_cost' } }, 'failed'],
    [{ info: { exit_status: 'submitted (exit_cost)' } }, 'completed'],
    [{ info: { exit_status: 7 } }, 'abandoned'],
    [{ info: 'none' }, 'abandoned'],
  ])('%j ends as %s', (more, status) => expect(trajectory([], more).status).toBe(status));

  it('keeps the order in time whatever the recorded durations are', async () => {
    const step = { thought: 't', action: 'ls', observation: '' };
    const session = trajectory([0, -5, 1e300, null, '3'].map((execution_time) => ({ ...step, execution_time })));
    const times = (await eventsOf(session)).map(({ client_timestamp }) => client_timestamp);
    expect(times).toEqual([...new Set(times)].sort());
  });

  it('takes what it can from steps of odd shape', async () => {
    const steps = [{}, { state: '{broken', action: '', thought: ' ', observation: 7 }, { state: [], action: 'rm x' }];
    expect(await eventsOf(trajectory(steps, { replay_config: '{"agent":{"model":{"name":"m"}}}' }))).toMatchObject([
      { event_type: 'file_delete', file_path: '/x', agent_metadata: { model: 'm' } },
    ]);
  });

  it('starts now where the time of the file cannot be right', () => {
    const session = readTrajectory({ path: 'a.traj', text: '{"trajectory":[]}', sha256: SHA256, modifiedMs: 0 });
    expect(Math.abs(Date.parse(session.startTime) - Date.now())).toBeLessThan(5_000);
  });

  it.each([
    ['', 'not valid JSON'],
    ['{"trajectory": [{"action": "l', 'cut off'],
    ['[]', 'no "trajectory" list'],
    ['null', 'no "trajectory" list'],
    ['{"trajectory": {}}', 'no "trajectory" list'],
    ['{"trajectory": [1]}', 'step 1 is not an object'],
  ])('refuses %j: %s', (text, reason) => expect(() => read(text)).toThrow(reason));

  it('reads past a byte order mark', () => expect(read('\uFEFF{"trajectory":[]}').eventCount).toBe(0));
});

describe('sweAgentAction', () => {
  it.each([
    ['edit 1:2\nimport os\nend_of_edit', { tool: 'edit', eventType: 'file_edit', file: '/open.py' }],
    ['create "a b.py"', { tool: 'create', eventType: 'file_create', file: 'a b.py' }],
    [
      'str_replace_editor create /x/a.py --file_text "y"',
      { tool: 'str_replace_editor', eventType: 'file_create', file: '/x/a.py' },
    ],
    [
      'str_replace_editor str_replace /x/a.py --old_str a',
      { tool: 'str_replace_editor', eventType: 'file_edit', file: '/x/a.py' },
    ],
    ['str_replace_editor view /x/a.py', { tool: 'str_replace_editor', eventType: 'tool_call', file: '/x/a.py' }],
    ['connect_start host 80', { tool: 'connect_start', eventType: 'tool_call' }],
    ['mv a.py b.py', { tool: 'bash', eventType: 'file_rename', file: 'b.py' }],
    ['cd /x && python -m pytest', { tool: 'bash', eventType: 'test_run' }],
  ])('%s', (action, expected) => expect(sweAgentAction(action, '/open.py')).toEqual(expected));
});
