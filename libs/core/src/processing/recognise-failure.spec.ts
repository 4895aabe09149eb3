import { describe, expect, it } from '@jest/globals';
import * as outputs from './fixtures/outputs.js';
import { recogniseFailure } from './recognise-failure.js';

describe('recogniseFailure in a run', () => {
  it.each([
    ['a Python traceback', outputs.TYPE_ERROR, 'TypeError', 'TypeError: integer argument expected, got float'],
    [
      'the last of chained Python exceptions',
      `${outputs.TYPE_ERROR}\nDuring handling of the above exception, another exception occurred:\n\n${outputs.VALUE_ERROR}`,
      'ValueError',
      'ValueError: chr() arg not in range(0x110000)',
    ],
    [
      'a Python exception with a dotted name and no message',
      'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    f()\npkg.errors.NotReady\n',
      'NotReady',
      'pkg.errors.NotReady',
    ],
    [
      'Python that does not parse',
      '  File "x.py", line 3\n    foo(\n       ^\nSyntaxError: \'(\' was never closed',
      'SyntaxError',
      "SyntaxError: '(' was never closed",
    ],
    ['a timeout', '\nEXECUTION TIMED OUT', 'TimeoutError', 'EXECUTION TIMED OUT'],
    [
      'a command that a tool ended',
      'Command timed out after 120 seconds',
      'TimeoutError',
      'Command timed out after 120 seconds',
    ],
    [
      'a Node stack',
      "file:///app/a.mjs:3\nnull.x\n     ^\n\nTypeError: Cannot read properties of null (reading 'x')\n    at file:///app/a.mjs:3:6\n",
      'TypeError',
      "TypeError: Cannot read properties of null (reading 'x')",
    ],
    [
      'a missing Node module',
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/b.js'\n    at finalize (node:internal/x:1:2)",
      'Error',
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/b.js'",
    ],
    [
      'tsc',
      "src/a.ts(3,5): error TS2345: Argument of type 'x' is not assignable.\n",
      'TS2345',
      "src/a.ts(3,5): error TS2345: Argument of type 'x' is not assignable.",
    ],
    [
      'tsc in colour',
      '\u001b[96msrc/a.ts\u001b[0m:3:5 - \u001b[91merror\u001b[0m TS2322: Type.',
      'TS2322',
      'src/a.ts:3:5 - error TS2322: Type.',
    ],
    [
      'a Go panic',
      'panic: runtime error: index out of range [3] with length 3\n\ngoroutine 1 [running]:',
      'panic',
      'panic: runtime error: index out of range [3] with length 3',
    ],
    [
      'a Go build',
      '# example.com/app\n./main.go:7:2: declared and not used: x',
      'CompileError',
      './main.go:7:2: declared and not used: x',
    ],
    [
      'a Go test',
      '--- FAIL: TestAdd (0.00s)\n    add_test.go:9: got 3\nFAIL\nFAIL\texample.com/app\t0.002s',
      'TestFailure',
      '--- FAIL: TestAdd (0.00s)',
    ],
    [
      'rustc',
      'error[E0382]: borrow of moved value: `s`\n --> src/main.rs:4:20\n',
      'E0382',
      'error[E0382]: borrow of moved value: `s`',
    ],
    [
      'a Rust panic',
      "thread 'main' panicked at src/main.rs:2:5:\nindex out of bounds\nnote: run with",
      'panic',
      'panic: index out of bounds',
    ],
    [
      'gcc',
      "main.c: In function 'main':\nmain.c:5:3: error: unknown type name 'foo'",
      'CompileError',
      "main.c:5:3: error: unknown type name 'foo'",
    ],
    [
      'the linker',
      "/usr/bin/ld: a.o: in function `main':\na.c:(.text+0x5): undefined reference to `f'",
      'LinkError',
      "a.c:(.text+0x5): undefined reference to `f'",
    ],
    [
      'pytest',
      '=== FAILURES ===\nE   AssertionError: assert 1 == 2\n=== short test summary info ===\nFAILED tests/test_a.py::test_x - AssertionError: assert 1 == 2\n=== 1 failed, 2 passed in 0.12s ===',
      'AssertionError',
      'FAILED tests/test_a.py::test_x - AssertionError: assert 1 == 2',
    ],
    ['quiet pytest', '..F\n1 failed, 2 passed in 0.12s', 'TestFailure', '1 failed, 2 passed in 0.12s'],
    [
      'unittest without a traceback',
      'Ran 3 tests in 0.001s\n\nFAILED (failures=1)',
      'TestFailure',
      'FAILED (failures=1)',
    ],
    [
      'jest',
      'FAIL src/a.spec.ts\n  \u25cf sum \u203a adds\n\n    expect(received).toBe(expected)\n\nTests:       1 failed, 3 passed, 4 total',
      'TestFailure',
      '\u25cf sum \u203a adds',
    ],
    [
      'cargo test',
      'test math::adds ... FAILED\n\ntest result: FAILED. 0 passed; 1 failed',
      'TestFailure',
      'test math::adds ... FAILED',
    ],
    ['the Node test runner', 'ok 1 - a\nnot ok 2 - b\n# fail 1', 'TestFailure', 'not ok 2 - b'],
    ['mocha', '  3 passing (9ms)\n  1 failing\n', 'TestFailure', '1 failing'],
    [
      'npm',
      'npm ERR! code E404\nnpm ERR! 404 Not Found - GET https://packages.example/nope',
      'NpmError',
      '404 Not Found - GET https://packages.example/nope',
    ],
    ['make', 'make: *** [Makefile:3: all] Error 2', 'MakeError', 'make: *** [Makefile:3: all] Error 2'],
    [
      'a segfault',
      'bash: line 1: 4242 Segmentation fault      (core dumped) ./a.out',
      'SegmentationFault',
      'bash: line 1: 4242 Segmentation fault      (core dumped) ./a.out',
    ],
    ['an unknown command', 'bash: foo: command not found', 'CommandNotFound', 'bash: foo: command not found'],
    ['dash', 'sh: 1: foo: not found', 'CommandNotFound', 'sh: 1: foo: not found'],
    [
      'a missing script',
      "python: can't open file '/repo/x.py': [Errno 2] No such file or directory",
      'FileNotFound',
      "python: can't open file '/repo/x.py': [Errno 2] No such file or directory",
    ],
    [
      'wrong arguments',
      'usage: tool [-h]\ntool: error: unrecognized arguments: --all',
      'UsageError',
      'tool: error: unrecognized arguments: --all',
    ],
    [
      'a shell syntax error',
      "bash: -c: line 1: syntax error near unexpected token `('",
      'ShellSyntaxError',
      "bash: -c: line 1: syntax error near unexpected token `('",
    ],
    [
      'git',
      'fatal: not a git repository (or any of the parent directories): .git',
      'GitError',
      'fatal: not a git repository (or any of the parent directories): .git',
    ],
    [
      'a merge conflict',
      'Auto-merging a.ts\nCONFLICT (content): Merge conflict in a.ts',
      'MergeConflict',
      'CONFLICT (content): Merge conflict in a.ts',
    ],
    ['a last word', 'starting\nRuntimeError: no seed given', 'RuntimeError', 'RuntimeError: no seed given'],
    [
      'Java',
      'Exception in thread "main" java.lang.NullPointerException: x\n\tat A.main(A.java:3)',
      'NullPointerException',
      'Exception in thread "main" java.lang.NullPointerException: x',
    ],
  ])('finds %s', (_, output, type, text) => {
    expect(recogniseFailure(output, 'run')).toMatchObject({ type, text });
  });

  it.each([
    ['a warning of the terminal', outputs.TERMINAL_WARNING],
    ['what a capture recorded', outputs.CAPTURED_LOGIN],
    ['words of a program that went well', 'Script completed successfully, no errors. Result: True'],
    ['a count of zero', '0 errors, 0 failed\nFound 0 errors. Watching for file changes.'],
    ['a deprecation', 'a.py:3: DeprecationWarning: error handling changed\n  import imp\nok'],
    ['tracebacks that passing tests printed', `${outputs.TYPE_ERROR}\n===== 12 passed in 0.31s =====`],
    ['jest that passed', 'console.error\n  Error: expected\nTests:       4 passed, 4 total'],
    ['garbage', '\u192c\u3a09\u14fa'],
    ['nothing', ''],
  ])('does not take %s for a failure', (_, output) => {
    expect(recogniseFailure(output, 'run')).toBeNull();
  });
});

describe('recogniseFailure elsewhere', () => {
  it.each([
    ['a file with tracebacks in it', outputs.TYPE_ERROR],
    ['source that raises', outputs.HANDLER_PY],
    ['a log', 'ERROR: could not connect\nFAILED tests/a.py::b\npanic: x'],
    ['a patch', outputs.SUBMITTED_DIFF],
    ['a search that found nothing', 'No matches found for "fatal error" in /work'],
  ])('lets a viewer show %s', (_, output) => {
    expect(recogniseFailure(output, 'view')).toBeNull();
    expect(recogniseFailure(output, 'submit')).toBeNull();
  });

  it.each([
    ['File decrypt.py not found', 'FileNotFound'],
    ["ls: cannot access 'x': No such file or directory", 'FileNotFound'],
    ['cat: /etc/shadow: Permission denied', 'PermissionDenied'],
    ['rg: command not found', 'CommandNotFound'],
    ["ENOENT: no such file or directory, open '/a'", 'FileNotFound'],
  ])('hears a viewer itself complain: %s', (output, type) => {
    expect(recogniseFailure(output, 'view')).toMatchObject({ type, refused: true });
  });

  it.each([
    [
      outputs.rejected('E999 IndentationError: unexpected indent'),
      'IndentationError',
      'E999 IndentationError: unexpected indent',
    ],
    [outputs.rejected("F821 undefined name 'binascii'"), 'F821 UndefinedName', "F821 undefined name 'binascii'"],
    ['No replacement was performed, old_str `x` did not appear verbatim in /a.py.', 'EditRejected', expect.any(String)],
  ])('names why an edit was rejected', (output, type, text) => {
    expect(recogniseFailure(output, 'edit')).toMatchObject({ type, text, refused: true });
  });

  it('does not read the file that an accepted edit shows', () => {
    expect(recogniseFailure(outputs.EDITED, 'edit')).toBeNull();
  });

  it('knows a rejected submission', () => {
    expect(recogniseFailure('Wrong flag!', 'submit')).toMatchObject({ type: 'RejectedSubmission', refused: true });
  });

  it('expects an unknown tool to return data', () => {
    expect(recogniseFailure('{"logs":[\n"ValueError: x"]}\nValueError: x', 'other')).toBeNull();
    expect(recogniseFailure('Error: no such table: users', 'other')).toMatchObject({ type: 'Error' });
  });
});

describe('recogniseFailure under hostile output', () => {
  it.each([
    ['one long line', 'error '.repeat(20_000)],
    ['many empty lines', `error${'\n'.repeat(50_000)}`],
    ['many spaces', `error\n${' '.repeat(50_000)}at`],
    ['colons and dots', `error\n${'a.b:1:'.repeat(10_000)}`],
    ['open brackets', `error\n${'    at ('.repeat(5_000)}`],
    ['quotes', `error\n${'File "'.repeat(10_000)}`],
    ['half a traceback, often', 'Traceback (most recent call last):\n'.repeat(2_000)],
  ])('stays quick: %s', (_, output) => {
    const before = performance.now();
    recogniseFailure(output, 'run');
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});
