import { describe, expect, it } from '@jest/globals';
import { redactArguments } from './redact-arguments.js';

const deep = (levels: number): Record<string, unknown> => (levels === 0 ? {} : { a: deep(levels - 1) });

describe('redactArguments', () => {
  it('keeps what is harmless as it is', () => {
    const args = { query: 'cogs', top_k: 3, flags: [true, null, 1.5], nested: { collection: 'docs' }, max_tokens: 5 };
    expect(redactArguments(args)).toEqual(args);
  });

  it.each([
    ['by its name', { password: 'c4nary' }],
    ['by its name, deep down', { a: [{ b: { apiKey: 'c4nary' } }] }],
    ['whatever it is', { credentials: { user: 'c4nary', list: ['c4nary'] } }],
    ['by its looks', { query: 'curl -H "Authorization: Bearer c4naryc4nary" x' }],
    ['in a list', { lines: ['ok', 'password=c4nary'] }],
    ['as a name', { 'token=c4nary': 1 }],
    ['across the cut', { code: `${'x'.repeat(1_990)}ghp_c4naryc4naryc4naryc4nary` }],
  ])('hides a secret %s', (_how, args) => {
    expect(JSON.stringify(redactArguments(args))).not.toContain('c4nary');
  });

  it('tells two long texts apart that begin alike', () => {
    const [a, b] = ['a', 'b'].map((end) => redactArguments({ code: 'x'.repeat(50_000) + end }));
    expect(a).not.toEqual(b);
    expect(String(a!['code']).length).toBeLessThan(2_100);
  });

  it.each([
    ['many members', Object.fromEntries(Array.from({ length: 100_000 }, (_unused, i) => [`k${i}`, 'v'.repeat(50)]))],
    ['a long list', { list: Array.from({ length: 100_000 }, () => 'v'.repeat(50)) }],
    ['lists of lists', { list: Array.from({ length: 300 }, () => Array.from({ length: 300 }, () => 'v'.repeat(99))) }],
    ['a long name', { ['n'.repeat(100_000)]: 1 }],
    ['great depth', deep(5_000)],
  ])('bounds %s', (_what, args) => {
    expect(JSON.stringify(redactArguments(args)).length).toBeLessThan(24_000);
  });

  it('takes a member named __proto__ for what it is', () => {
    const args = JSON.parse('{"__proto__":{"polluted":true}}') as Record<string, unknown>;
    const kept = redactArguments(args);
    expect(JSON.stringify(kept)).toBe('{"__proto__":{"polluted":true}}');
    expect(kept['polluted']).toBeUndefined();
  });
});
