import { anyLine, type Finding } from './signature.js';

const EXCEPTION = /^(?<path>[A-Za-z_][\w.]{0,200}?)(?:: |:?$)/;
const SIMPLE_NAME = /[^.]+$/;

/** The exception that ended the last Python traceback: chained ones come before it. */
export function pythonTraceback(lines: readonly string[]): Finding | null {
  const start = lines.findLastIndex((line) => /^\s*(?:\S.{0,80})?Traceback \(most recent call last\):$/.test(line));
  if (start < 0) return pythonSyntaxError(lines);
  const indent = /^\s*/.exec(lines[start]!)![0].length;
  const end = lines.slice(start + 1).find((line) => line.trim() !== '' && line.search(/\S/) <= indent);
  const type = EXCEPTION.exec(end?.trim() ?? '')?.groups?.['path'];
  return end && type ? { type: SIMPLE_NAME.exec(type)![0], text: end.trim() } : null;
}

/** Python does not print "Traceback" for a file that it cannot parse. */
function pythonSyntaxError(lines: readonly string[]): Finding | null {
  const at = lines.findIndex((line) => /^(?:SyntaxError|IndentationError|TabError): /.test(line));
  if (at < 0 || !lines.slice(Math.max(0, at - 5), at).some((line) => /^\s+File "/.test(line))) return null;
  const text = lines[at]!;
  return { type: text.slice(0, text.indexOf(':')), text };
}

/** An uncaught JavaScript error: its line is not indented and a stack frame follows. */
export function javascriptStack(lines: readonly string[]): Finding | null {
  for (let i = 0; i + 1 < lines.length; i++) {
    const match = /^(?:Uncaught )?(?<type>(?:[A-Z]\w{0,80})?(?:Error|Exception))(?: \[\w+\])?(?:: |$)/.exec(lines[i]!);
    if (match && /^\s+at \S/.test(lines[i + 1]!)) return { type: match.groups!['type']!, text: lines[i]! };
  }
  return null;
}

/** Rust puts the message on the line after the place (since 1.73) or before it. */
export function rustPanic(lines: readonly string[]): Finding | null {
  const at = lines.findIndex((line) => /^thread '[^']{0,100}' (?:\(\d+\) )?panicked at /.test(line));
  if (at < 0) return null;
  const older = /panicked at '(.{1,500})', /.exec(lines[at]!)?.[1];
  return { type: 'panic', text: `panic: ${older ?? lines[at + 1] ?? ''}`.trim() };
}

/** Crashes that say it in one line. */
export const crash = anyLine([
  { line: /^panic: /, type: 'panic' },
  { line: /^fatal error: (?:all goroutines|concurrent map|out of memory|stack overflow)/, type: 'panic' },
  { line: /^Exception in thread "[^"]{0,100}" (?:[\w$]+\.){0,20}(?<type>[\w$]+)/, type: 'Exception' },
  { line: /^(?:PHP )?Fatal error: /, type: 'FatalError' },
  { line: /^Unhandled exception\. (?:\w+\.){0,20}(?<type>\w+): /, type: 'Exception' },
  { line: /^\S{1,300}\.rb:\d+:in .{1,200}\((?<type>[\w:]+)\)$/, type: 'Exception' },
  { line: /^FATAL ERROR: .{0,200}heap/, type: 'OutOfMemory' },
]);

/** The last word of a program: an exception or `error:` without a stack. Only asked for the edges of an output. */
export const lastWord = anyLine([
  { line: /^(?<text>(?:[a-z_]\w*\.){0,10}(?<type>[A-Z]\w{0,80}(?:Error|Exception)): .+)/, type: 'Error' },
  { line: /^(?:ERROR|Error|error)(?:\[[^\]]{1,40}\])?: (?!0\b)\S/, type: 'Error' },
]);
