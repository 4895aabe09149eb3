import { describe, expect, it } from '@jest/globals';
import { normaliseError } from './normalise-error.js';

describe('normaliseError', () => {
  it.each([
    ["E999 SyntaxError: unmatched ']'", 'E999 SyntaxError: unmatched <str>'],
    ['chr() arg not in range(0x110000)', 'chr() arg not in range(<addr>)'],
    ['src/a.ts(3,5): error TS2345: Argument of type "x"', '<path>(<num>): error TS2345: Argument of type <str>'],
    ['ENOENT: no such file or directory, open /var/lib/x.json', 'ENOENT: no such file or directory, open <path>'],
    ['cannot import utils.py at line 12, column 4', 'cannot import <path> at line <num>, column <num>'],
    ['C:\\work\\a.cs failed', '<path> failed'],
    ['GET https://api.example.com/v1/users/7?x=1 timed out after 30s', 'GET <url> timed out after <num>'],
    ['connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED <host>'],
    ['no route to db.internal.example:5432', 'no route to <host>'],
    ['job 3f2504e0-4f89-11d3-9a0c-0305e82c3301 failed', 'job <id> failed'],
    ['commit 6a1221b72f0 is missing', 'commit <id> is missing'],
    ['2026-01-05T09:00:01.123Z worker stopped', '<time> worker stopped'],
    ['expected 1.5 but got -3', 'expected <num> but got <num>'],
    ["python: can't open file 'x.py'", "python: can't open file <str>"],
    ['expected and/or, not 3 of either/or', 'expected and/or, not <num> of either/or'],
    ['the facade was defaced', 'the facade was defaced'],
    ['  two \n lines ', 'two lines'],
  ])('%s', (text, normalised) => {
    expect(normaliseError(text)).toBe(normalised);
  });

  it('makes one of two errors that differ in their values', () => {
    expect(normaliseError("KeyError: 'name' in /a/b.py:3")).toBe(normaliseError("KeyError: 'age' in /c/d.py:77"));
  });

  it('reads no more than the start of a text', () => {
    expect(normaliseError('word '.repeat(5_000)).length).toBeLessThan(4_100);
  });

  it.each([
    "'",
    '"',
    '\u2018',
    'a.',
    'a/',
    '/',
    '1',
    '1.',
    'ab:',
    '0x',
    'f',
    '-',
    '\\',
    'a@',
    '<',
    'https://',
    ' (1',
    '1:',
    "x'",
  ])('takes linear time for %j again and again', (piece) => {
    const before = performance.now();
    normaliseError(piece.repeat(50_000));
    normaliseError(`${piece.repeat(1_500)}\n`.repeat(100));
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});
