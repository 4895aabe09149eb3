import { describe, expect, it } from '@jest/globals';
import type { Upstream } from './upstream.js';
import { unclashed } from './unclashed.js';

const upstream = (name: string, prefix: string | undefined, tools: readonly string[]) =>
  ({
    spec: { name, ...(prefix !== undefined && { prefix }) },
    mountedTools: tools.map((tool) => ({ definition: { name: tool } })),
  }) as unknown as Upstream;

const namesOf = (...upstreams: Upstream[]) => unclashed(upstreams).map(({ definition }) => definition.name);

describe('names of several upstreams', () => {
  it.each<[string, Upstream[], string[]]>([
    [
      'with prefixes of their own',
      [upstream('a', undefined, ['a__x']), upstream('b', undefined, ['b__x'])],
      ['a__x', 'b__x'],
    ],
    [
      'one without a prefix that begins like another',
      [upstream('a', '', ['b__x', 'y']), upstream('b', undefined, ['b__x'])],
      ['y', 'b__x'],
    ],
    [
      'one without a prefix that comes later',
      [upstream('b', undefined, ['b__x']), upstream('z', '', ['b__x'])],
      ['b__x'],
    ],
    [
      'two that share a prefix: the first is heard',
      [upstream('a', 'p', ['p__x']), upstream('b', 'p', ['p__x', 'p__y'])],
      ['p__x'],
    ],
    [
      'one whose prefix is the name of another with a prefix',
      [upstream('a', 'q', ['q__x']), upstream('b', 'a', ['a__x'])],
      ['q__x', 'a__x'],
    ],
    [
      'a separator in a tool of an upstream',
      [upstream('a', undefined, ['a__b__x']), upstream('b', undefined, ['b__x'])],
      ['a__b__x', 'b__x'],
    ],
  ])('%s', (_, upstreams, expected) => expect(namesOf(...upstreams)).toEqual(expected));
});
