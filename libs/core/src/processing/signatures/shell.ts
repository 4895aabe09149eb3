import { anyLine } from './signature.js';

/** The shell or the program refused the call as typed: nothing was run, or the program did not understand. */
export const shellRefusal = anyLine([
  {
    line: /^(?:\S{1,80}: )?(?:(?:line )?\d{1,6}: )?[^\s:]{1,200}: (?:command )?not found$/,
    type: 'CommandNotFound',
    refused: true,
  },
  { line: /^(?:zsh: )?command not found: /, type: 'CommandNotFound', refused: true },
  { line: /^[^\s:]{1,80}: .{0,300}[:,] No such file or directory$/, type: 'FileNotFound', refused: true },
  { line: /^[^\s:]{1,300}: No such file or directory$/, type: 'FileNotFound', refused: true },
  { line: /^(?:\S{1,80}: )?(?:Error: )?ENOENT: no such file or directory/, type: 'FileNotFound', refused: true },
  { line: /^\S{1,80}: can't open file /, type: 'FileNotFound', refused: true },
  {
    line: /^(?:Error: )?(?:File|Directory|Path) \S{1,300} (?:not found|does not exist)/,
    type: 'FileNotFound',
    refused: true,
  },
  { line: /^(?:Error: )?(?:File|Directory) (?:not found|does not exist)/, type: 'FileNotFound', refused: true },
  {
    line: /^[^\s:]{1,80}: .{0,300}: (?:Permission denied|Operation not permitted)$/,
    type: 'PermissionDenied',
    refused: true,
  },
  {
    line: /^[^\s:]{1,80}: .{0,300}: (?:Is a directory|Not a directory|File exists)$/,
    type: 'WrongFileKind',
    refused: true,
  },
  {
    line: /^\S{1,80}: (?:(?:-c|eval|line \d{1,6}): ){1,3}(?:syntax error|unexpected EOF)/,
    type: 'ShellSyntaxError',
    refused: true,
  },
  {
    line: /^(?:\S{1,80}: )?(?:unrecognized|unrecognised|invalid|unknown|illegal) (?:option|argument|flag)\b/i,
    type: 'UsageError',
    refused: true,
  },
  {
    line: /^[\w.-]{1,80}: error: (?:unrecognized arguments|the following arguments|argument |invalid choice)/,
    type: 'UsageError',
    refused: true,
  },
  { line: /^fatal: /, type: 'GitError', refused: true },
  {
    line: /^error: (?:pathspec|failed to push|Your local changes|The following untracked|src refspec|unknown (?:switch|option))/,
    type: 'GitError',
    refused: true,
  },
  { line: /^curl: \(\d{1,3}\) /, type: 'NetworkError', refused: true },
]);

/** The program ran and was ended, or the shell reported its end. */
export const processEnd = anyLine([
  {
    line: /^(?:Error: )?(?:EXECUTION TIMED OUT|(?:The )?(?:command|process|execution|operation)\b.{0,80}\btimed out\b)/i,
    type: 'TimeoutError',
  },
  { line: /\bSegmentation fault\b/, type: 'SegmentationFault' },
  {
    line: /^(?:\S{1,80}: (?:line )?\d{1,6}:\s+\d* ?)?(?:Aborted|Bus error|Killed|Illegal instruction|Floating point exception)(?:\s|$)/,
    type: 'ProcessKilled',
  },
  { line: /^CONFLICT \(|^Automatic merge failed/, type: 'MergeConflict' },
]);
