import { describe, expect, it } from '@jest/globals';
import { resolveUpstream, type UpstreamSpec } from '#config/upstreams-file.js';
import type { ToolDefinition } from '#gateway/tools/tool.js';
import { fits, isSelected, termsOf } from './upstream-terms.js';

function specOf(more: object): UpstreamSpec {
  const { spec, faults } = resolveUpstream(
    'u',
    { kind: 'http', url: 'https://u.test', ...more },
    'file',
    () => undefined,
  );
  expect(faults).toEqual([]);
  return spec!;
}
const tool = (name: string, annotations?: object) => ({ name, annotations }) as unknown as ToolDefinition;

describe('patterns', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'ab', false],
    ['a*', 'ab', true],
    ['*', '', true],
    ['*_delete', 'files_delete', true],
    ['a.c', 'abc', false],
    ['(a+)+$', 'aaaa', false],
    ['web_*_x', 'web_1_2_x', true],
  ])('%s and %s: %s', (pattern, name, expected) => expect(fits(pattern, name)).toBe(expected));
});

describe('which tools are offered', () => {
  it.each([
    [{}, 'x', true],
    [{ allow: ['read_*'] }, 'read_file', true],
    [{ allow: ['read_*'] }, 'write_file', false],
    [{ deny: ['write_*'] }, 'write_file', false],
    [{ allow: ['*'], deny: ['write_*'] }, 'write_file', false],
  ])('%j and %s: %s', (selection, name, expected) => expect(isSelected(specOf(selection), name)).toBe(expected));
});

describe('terms', () => {
  it('are the upstream’s, unless the operator says otherwise of a tool; the first that fits counts', () => {
    const spec = specOf({
      tier: 'silver',
      timeout_seconds: 5,
      tools: { read_file: { timeout_seconds: 1, cache_seconds: 3 }, 'read_*': { tier: 'gold', idempotent: false } },
    });
    expect(termsOf(spec, tool('read_file'))).toMatchObject({ tier: 'silver', timeoutMs: 1_000, cacheSeconds: 3 });
    expect(termsOf(spec, tool('read_all', { readOnlyHint: true }))).toMatchObject({ tier: 'gold', idempotent: false });
    expect(termsOf(spec, tool('write'))).toMatchObject({ tier: 'silver', timeoutMs: 5_000, cacheSeconds: 0 });
  });

  it.each([
    [undefined, false],
    [{ readOnlyHint: true }, true],
    [{ idempotentHint: true }, true],
    [{ readOnlyHint: 'true' }, false],
  ])('%j may be called twice: %s', (annotations, expected) => {
    expect(termsOf(specOf({}), tool('t', annotations)).idempotent).toBe(expected);
  });
});
