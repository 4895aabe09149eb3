import { anyLine } from './signature.js';

/** A test that failed by name; how it failed is its type where the runner says so. */
export const testFailure = anyLine([
  {
    line: /^(?:FAILED|ERROR) \S{1,300}(?:::.{1,300}?)? - (?<type>[\w.]*?\w+(?:Error|Exception|Failed|Exit|Warning))\b/,
    type: 'TestFailure',
  },
  { line: /^FAILED \S{1,300}::/, type: 'TestFailure' },
  { line: /^E {2,10}(?<text>(?:\w+\.){0,10}(?<type>\w+(?:Error|Exception)): .+)/, type: 'TestFailure' },
  { line: /^\s{0,4}\u25cf .{1,300} \u203a /, type: 'TestFailure' },
  { line: /^test \S{1,300} \.\.\. FAILED$/, type: 'TestFailure' },
  { line: /^\s{0,20}--- FAIL: /, type: 'TestFailure' },
  { line: /^(?:FAIL|ERROR): \w+ \(/, type: 'TestFailure' },
  { line: /^\s{0,20}not ok \d{1,7}(?! .{0,300}# (?:TODO|SKIP))/i, type: 'TestFailure' },
]);

/** A runner's own count of failures, for the ones that name no test in a form that we know. */
export const testSummary = anyLine([
  { line: /^=+ .{0,200}\b[1-9]\d* (?:failed|errors?)\b.{0,200} in [\d.]+ ?s/, type: 'TestFailure' },
  { line: /^[1-9]\d* failed\b.{0,100} in [\d.]+ ?s/, type: 'TestFailure' },
  { line: /^FAILED \((?:failures|errors)=/, type: 'TestFailure' },
  { line: /^\s{0,10}Tests:?\s{1,10}(?:\d+ \w+, )?[1-9]\d* failed/, type: 'TestFailure' },
  { line: /^Test Suites: [1-9]\d* failed/, type: 'TestFailure' },
  { line: /^test result: FAILED/, type: 'TestFailure' },
  { line: /^\s{0,10}[1-9]\d* failing$/, type: 'TestFailure' },
  { line: /^FAIL\s+\S{1,300}\s+(?:[\d.]+s|\[build failed\])$/, type: 'TestFailure' },
  { line: /^FAIL {1,2}\S/, type: 'TestFailure' },
  { line: /^# fail [1-9]/, type: 'TestFailure' },
  { line: /^\d+ (?:examples|tests|runs).{0,60}, [1-9]\d* (?:failure|error)/, type: 'TestFailure' },
]);

const PASSED = [
  /^=* ?\d+ passed\b(?!.{0,200}\b(?:failed|error)).{0,200} in [\d.]+ ?s/,
  /^OK(?: \(.{0,100}\))?$/,
  /^test result: ok\./,
  /^\s{0,10}Tests:?\s{1,10}(?!.{0,100}\bfailed)\d+ passed/,
  /^# fail 0$/,
];

/** A runner said that all passed: what its tests printed on the way, tracebacks too, was meant. */
export const allTestsPassed = (lines: readonly string[]) =>
  lines.slice(-30).some((line) => PASSED.some((pattern) => pattern.test(line)));
