import { describe, expect, it } from '@jest/globals';
import type { EventType } from '#core/signals/event.js';
import { describeCall } from './call.js';
import { ASession } from './fixtures/a-session.js';
import { TYPE_ERROR } from './fixtures/outputs.js';
import { decideOutcome, describeError } from './outcome.js';

/** The outcome of `command`, told by a result with this payload. */
function outcome(command: string, payload: Record<string, unknown>) {
  const [action, result] = new ASession()
    .event('command_run', { payload: { command } })
    .event('tool_result', { payload }).events;
  return decideOutcome(result!, describeCall(action!));
}

const own = (eventType: EventType, payload: Record<string, unknown> | null) => {
  const event = new ASession().event(eventType, { payload }).events[0]!;
  return decideOutcome(event, describeCall(event));
};

describe('decideOutcome', () => {
  it.each([
    ['an exit code', { exit_code: 2, output: 'usage' }, 'CommandFailed', 'usage'],
    ['an exit code that has a name', { exit_code: 127, output: '' }, 'CommandNotFound', 'python a.py: exit code 127'],
    ['a flag', { is_error: true, output: 'it did not work' }, 'CommandFailed', 'it did not work'],
    ['success: false', { success: false }, 'CommandFailed', 'python a.py: failed without a message'],
    ['a status', { status: 'failed' }, 'CommandFailed', 'python a.py: failed without a message'],
    [
      'a conclusion',
      { status: 'completed', conclusion: 'failure' },
      'CommandFailed',
      'python a.py: failed without a message',
    ],
    ['an error message', { error: 'ValueError: no' }, 'ValueError', 'ValueError: no'],
    ['the output', { output: TYPE_ERROR }, 'TypeError', 'TypeError: integer argument expected, got float'],
    ['content blocks', { is_error: true, content: [{ type: 'text', text: 'KeyError: 1' }] }, 'KeyError', 'KeyError: 1'],
    ['standard error', { exit_code: 1, output: { stdout: 'x', stderr: 'fatal: no' } }, 'GitError', 'fatal: no'],
  ])('failed, by %s', (_, payload, type, text) => {
    expect(outcome('python a.py', payload)).toMatchObject({ status: 'failed', failure: { type, text } });
  });

  it('believes an exit code of zero, whatever was printed', () => {
    expect(outcome('python a.py', { exit_code: 0, output: TYPE_ERROR }).status).toBe('passed');
  });

  it('but not when it is that of another command', () => {
    expect(outcome('python a.py | tail', { exit_code: 0, output: TYPE_ERROR }).status).toBe('failed');
  });

  it('does not take `is_error: false` as proof', () => {
    expect(outcome('python a.py', { is_error: false, output: TYPE_ERROR }).status).toBe('failed');
  });

  it.each(['grep x a.py', 'diff a b', 'which rg'])('takes exit code 1 of `%s` for an answer', (command) => {
    expect(outcome(command, { exit_code: 1, output: '' }).status).toBe('passed');
    expect(outcome(command, { exit_code: 2, output: '' }).status).toBe('failed');
  });

  it('knows nothing of an action that does not say', () => {
    expect(own('command_run', { command: 'python a.py' }).status).toBe('unknown');
    expect(own('test_run', null).status).toBe('unknown');
  });

  it.each([
    ['test_run', 'TestFailure'],
    ['build_run', 'BuildFailure'],
    ['lint_run', 'LintFailure'],
    ['ci_status', 'CiFailure'],
  ] as const)('reads the outcome that a %s carries itself', (eventType, type) => {
    expect(own(eventType, { status: 'failed' })).toMatchObject({ status: 'failed', failure: { type } });
    expect(own(eventType, { status: 'passed' }).status).toBe('passed');
  });

  it('keeps an error text short', () => {
    const result = outcome('python a.py', { exit_code: 1, output: 'x'.repeat(5_000) });
    expect(result.status === 'failed' && result.failure.text.length).toBe(500);
  });
});

describe('describeError', () => {
  const describeEvent = (payload: Record<string, unknown> | null, rawMessage: string | null = null) =>
    describeError(new ASession().event('error', { payload, rawMessage, filePath: 'src/a.ts' }).events[0]!);

  it.each([
    [{ message: 'boom', error_type: 'AppError' }, null, 'AppError', 'boom'],
    [{ error: { name: 'RangeError', message: 'too far' } }, null, 'RangeError', 'too far'],
    [{ error: 'TypeError: x is not a function' }, null, 'TypeError', 'TypeError: x is not a function'],
    [{ stack: TYPE_ERROR }, null, 'TypeError', 'TypeError: integer argument expected, got float'],
    [null, 'disk is full', 'Error', 'disk is full'],
    [null, null, 'Error', 'error without a message'],
  ])('%j', (payload, rawMessage, type, text) => {
    expect(describeEvent(payload, rawMessage)).toMatchObject({ type, text });
  });

  it('names the file of the event before those of the stack', () => {
    expect(describeEvent({ message: 'x', stack: 'Error: x\n    at f (/app/b.js:1:2)' }).files).toEqual([
      'src/a.ts',
      '/app/b.js',
    ]);
  });
});
