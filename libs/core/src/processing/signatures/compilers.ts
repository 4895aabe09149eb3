import { anyLine } from './signature.js';

/** Compilers and linters: one finding stands for the run, the first. */
export const compileError = anyLine([
  { line: /^\S{1,300}\.[cm]?tsx?[(:]\d{1,7}[,:]\d{1,7}\)?(?: -|:) error (?<type>TS\d{3,6}): /, type: 'CompileError' },
  { line: /^error (?<type>TS\d{3,6}): /, type: 'CompileError' },
  { line: /^error\[(?<type>E\d{4})\]: /, type: 'CompileError' },
  { line: /^\S{1,300}:\d{1,7}(?::\d{1,7})?: (?:fatal )?error: /, type: 'CompileError' },
  { line: /^(?:\.{0,2}\/)?[\w./-]{1,300}\.go:\d{1,7}:\d{1,7}: /, type: 'CompileError' },
  { line: /undefined reference to /, type: 'LinkError' },
  { line: /^error: could not compile /, type: 'CompileError' },
  { line: /^\S{1,300}\(\d{1,7},\d{1,7}\): error (?<type>[A-Z]{2,4}\d{3,5}): /, type: 'CompileError' },
]);

/** Package managers and build drivers: they report that something else failed, so what it said goes first. */
export const buildTool = anyLine([
  {
    line: /^npm (?:ERR!|error) (?!code |path |command |A complete log|errno |syscall )(?<text>\S.*)/,
    type: 'NpmError',
  },
  { line: /^npm (?:ERR!|error) code (?<text>\w+)/, type: 'NpmError' },
  {
    line: /^(?:BUILD FAILED|FAILURE: Build failed|\[ERROR\] BUILD FAILURE|\[INFO\] BUILD FAILURE)/,
    type: 'BuildFailure',
  },
  { line: /^g?make(?:\[\d+\])?: \*\*\* /, type: 'MakeError' },
  { line: /^ninja: build stopped: /, type: 'BuildFailure' },
  { line: /^ERROR: (?:Could not|No matching|Failed|Cannot|pip)/, type: 'PipError' },
  { line: /^\u2716 [1-9]\d* problems? \([1-9]\d* error/, type: 'LintFailure' },
  { line: /^Found [1-9]\d* errors?\b/, type: 'LintFailure' },
  { line: /^\S{1,300}\.py:\d{1,7}:\d{1,7}: (?<type>[EF]\d{3,4}) /, type: 'LintFailure' },
]);
