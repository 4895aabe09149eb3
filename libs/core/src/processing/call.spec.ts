import { describe, expect, it } from '@jest/globals';
import type { EventType } from '#core/signals/event.js';
import { describeCall } from './call.js';
import { ASession } from './fixtures/a-session.js';

const call = (eventType: EventType, payload: Record<string, unknown>, filePath: string | null = null) =>
  describeCall(new ASession().event(eventType, { payload, filePath }).events[0]!);

describe('describeCall', () => {
  it.each([
    ['file_edit', {}, 'edit'],
    ['file_rename', {}, 'remove'],
    ['test_run', {}, 'run'],
    ['command_run', { tool: 'python', command: 'python a.py' }, 'run'],
    ['command_run', { tool: 'cat', command: 'cat > a.py' }, 'change'],
    ['tool_call', { tool: 'open', command: 'open a.py' }, 'view'],
    ['tool_call', { tool: 'Bash', arguments: { command: 'pytest -q' } }, 'run'],
    ['tool_call', { tool: 'Read', arguments: { file_path: 'a.py' } }, 'view'],
    ['tool_call', { tool: 'Write', arguments: { file_path: 'a.py' } }, 'create'],
    ['tool_call', { tool: 'mcp__files__search_replace', arguments: { path: 'a.py' } }, 'edit'],
    ['tool_call', { tool: 'str_replace_editor', arguments: { command: 'view', path: 'a.py' } }, 'view'],
    ['tool_call', { tool: 'str_replace_editor', arguments: { command: 'create', path: 'a.py' } }, 'create'],
    ['tool_call', { tool: 'create_issue', arguments: { title: 'x' } }, 'other'],
    ['tool_call', { tool: 'query', arguments: {} }, 'other'],
    ['agent_action', {}, 'other'],
  ] as const)('%s %j is %s', (eventType, payload, nature) => {
    expect(call(eventType, payload).nature).toBe(nature);
  });

  it('gives a new try of an edit the same signature but not the same digest', () => {
    const [one, two] = ['a', 'b'].map((text) =>
      call('file_edit', { tool: 'edit', command: `edit 1:2\n${text}` }, 'a.py'),
    );
    expect(one?.signature).toBe(two?.signature);
    expect(one?.digest).not.toBe(two?.digest);
    expect(call('file_edit', { tool: 'edit', command: 'edit 1:2\na' }, 'b.py').signature).not.toBe(one?.signature);
  });

  it('tells two scripts apart that begin alike', () => {
    const [one, two] = ['a', 'b'].map((text) => call('command_run', { command: `python - <<EOF\n${text}\nEOF` }));
    expect(one?.signature).not.toBe(two?.signature);
  });

  it('knows a test however it is run, and its files', () => {
    expect(call('command_run', { command: 'cd app && python -m pytest tests/a.py::b | tail' })).toMatchObject({
      settles: true,
      check: 'pytest tests/a.py::b',
      files: ['tests/a.py'],
      hidesExit: true,
    });
    expect(call('command_run', { command: 'python a.py' }).settles).toBe(false);
  });

  it('names a call without a command by its tool and file', () => {
    expect(call('tool_call', { tool: 'Read', arguments: { file_path: 'a.py' } }).label).toBe('Read a.py');
  });
});
