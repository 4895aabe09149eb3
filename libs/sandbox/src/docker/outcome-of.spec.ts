import { describe, expect, it } from '@jest/globals';
import { outcomeOf } from './outcome-of.js';
import type { ProgramEnd } from './program-end.js';

const BOUNDS = { most: 200, timeoutMs: 1_000 };
const end = (more: Partial<ProgramEnd>): ProgramEnd => ({ cause: 'told', told: '', durationMs: 5, logs: [], ...more });
const kindOf = (more: Partial<ProgramEnd>) => {
  const outcome = outcomeOf(end(more), BOUNDS);
  return outcome.ok ? 'ok' : outcome.error.kind;
};

describe('outcomeOf', () => {
  it('is what was told', () => {
    const told = '{"ok":true,"result":{"a":[1]}}';
    expect(outcomeOf(end({ told, logs: ['x'] }), BOUNDS)).toEqual({
      ok: true,
      result: { a: [1] },
      durationMs: 5,
      logs: ['x'],
    });
    const failed = '{"ok":false,"error":{"kind":"thrown","message":"no"},"more":1}';
    expect(outcomeOf(end({ told: failed }), BOUNDS)).toEqual({
      ok: false,
      error: { kind: 'thrown', message: 'no' },
      durationMs: 5,
      logs: [],
    });
  });

  it.each<[string, string, string]>([
    ['no JSON', '{"ok":true,"result":', 'invalid_result'],
    ['another value', '[]', 'invalid_result'],
    ['null', 'null', 'invalid_result'],
    ['no result', '{"ok":true}', 'invalid_result'],
    ['a kind that only we know', '{"ok":false,"error":{"kind":"timeout","message":"x"}}', 'invalid_result'],
    ['a kind that there is not', '{"ok":false,"error":{"kind":"__proto__","message":"x"}}', 'invalid_result'],
    ['a message that is none', '{"ok":false,"error":{"kind":"thrown","message":{}}}', 'invalid_result'],
    ['an error that is none', '{"ok":false,"error":null}', 'invalid_result'],
    ['too much', JSON.stringify({ ok: true, result: 'x'.repeat(199) }), 'result_too_large'],
    ['64 levels', `{"ok":true,"result":${'['.repeat(64)}${']'.repeat(64)}}`, 'ok'],
    ['65 levels', `{"ok":true,"result":${'['.repeat(65)}${']'.repeat(65)}}`, 'invalid_result'],
    ['a million levels', `{"ok":true,"result":${'['.repeat(1e6)}`, 'invalid_result'],
    ['brackets in a string', JSON.stringify({ ok: true, result: `\\"${'['.repeat(70)}` }), 'ok'],
  ])('believes nothing: %s', (_what, told, kind) => {
    expect(kindOf({ told })).toBe(kind);
  });

  it.each<[Partial<ProgramEnd>, string]>([
    [{ cause: 'timeout' }, 'timeout'],
    [{ cause: 'too_large' }, 'result_too_large'],
    [{ cause: 'flood' }, 'crashed'],
    [{ cause: 'exited', exitCode: 137 }, 'out_of_memory'],
    [{ cause: 'exited', exitCode: 134, logs: ['FATAL ERROR: … JavaScript heap out of memory'] }, 'out_of_memory'],
    [{ cause: 'exited', exitCode: 134 }, 'crashed'],
    [{ cause: 'exited', exitCode: 0 }, 'crashed'],
  ])('says of %j why there is no result', (more, kind) => {
    expect(kindOf(more)).toBe(kind);
  });
});
