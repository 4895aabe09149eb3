import { describe, expect, it } from '@jest/globals';
import { addressKey, segment, subjectKey } from './rate-limit.keys.js';

const ODD = [
  '',
  ' ',
  ':',
  '::',
  'a:b',
  'a%3Ab',
  '%',
  '~',
  '~a',
  '*',
  '?',
  '[a]',
  '^',
  '\\',
  '"',
  "'",
  '`',
  '$(id)',
  ';',
  '|',
  '\n',
  '\r\n',
  '\t',
  '\0',
  'é',
  'e\u0301',
  '𝕏',
  '\ud800',
  '\ud801',
  '\udc00\ud800',
  '\ufffd',
  '\u202e',
  '{a}',
  '!',
  '(',
  ')',
  '<',
  '&',
  'x'.repeat(128),
  'x'.repeat(129),
  'x'.repeat(257),
  'x'.repeat(258),
  '__proto__',
  'calls',
  '-',
  '--',
  '..',
  '/',
  'A',
  'a',
];

describe('segment', () => {
  it.each(ODD)('%j can stand in a key, a pattern, a shell and a list for xargs', (name) => {
    expect(segment(name)).toMatch(/^[A-Za-z0-9_.%-]+$|^~[A-Za-z0-9_-]{43}$/);
    expect(segment(name).length).toBeLessThanOrEqual(256 * 9);
  });

  it('gives every name another segment', () => {
    expect(new Set(ODD.map(segment)).size).toBe(ODD.length);
  });

  it('cannot be given another name’s segment', () => {
    const segments = new Set(ODD.map(segment));
    const names = new Set(ODD);
    for (const forged of segments) if (!names.has(forged)) expect(segments).not.toContain(segment(forged));
  });

  it.each(['tenant-123', 'acme.example', 'A_b'])('leaves %j as it is', (name) => expect(segment(name)).toBe(name));
});

describe('subjectKey', () => {
  it.each<[[string, string], [string, string]]>([
    [
      ['a', 'bc'],
      ['ab', 'c'],
    ],
    [
      ['', 'x'],
      ['x', ''],
    ],
    [
      ['1', ':a'],
      ['', '1:a'],
    ],
    [
      ['https://a', 'b'],
      ['https://a/', 'b'],
    ],
    [
      ['i', '\ud800'],
      ['i', '\ud801'],
    ],
    [
      ['i', 'é'],
      ['i', 'e\u0301'],
    ],
    [
      ['i', 'Ada'],
      ['i', 'ada'],
    ],
    [
      ['i', 'ada'],
      ['i', 'ada '],
    ],
  ])('keeps %j from %j', (one, other) => expect(subjectKey(...one)).not.toBe(subjectKey(...other)));

  it('shows nothing of the subject', () => expect(subjectKey('i', 'ada@example.com')).toMatch(/^[\w-]{43}$/));
});

describe('addressKey', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001-db8-1-2_64'],
    ['2001:db8:1:2::', '2001-db8-1-2_64'],
    ['2001:0DB8:0001:0002::ffff', '2001-db8-1-2_64'],
    ['2001:db8::1', '2001-db8-0-0_64'],
    ['::1', '0-0-0-0_64'],
    ['::', '0-0-0-0_64'],
    ['1::', '1-0-0-0_64'],
    ['fe80::1%eth0', 'fe80-0-0-0_64'],
    ['64:ff9b::192.0.2.1', '64-ff9b-0-0_64'],
    ['1:2:3:4:5:6:192.0.2.1', '1-2-3-4_64'],
    ['1:2:3:4:5:6:7::', '1-2-3-4_64'],
    ['', 'unknown'],
    ['evil:*', 'unknown'],
    ['203.0.113.9, 10.0.0.1', 'unknown'],
  ])('%j counts as %j', (address, key) => expect(addressKey(address)).toBe(key));
});
