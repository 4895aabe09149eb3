import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import { mountedName } from './upstream-names.js';

const spec = (name: string, prefix?: string) =>
  ({ name, ...(prefix !== undefined && { prefix }) }) as unknown as UpstreamSpec;

describe('names where everything is together', () => {
  it.each([
    ['docs', undefined, 'search', 'docs__search'],
    ['docs', 'd', 'search', 'd__search'],
    ['docs', '', 'search', 'search'],
    ['a', undefined, 'x'.repeat(61), `a__${'x'.repeat(61)}`],
  ])('%s with prefix %j and tool %s', (name, prefix, tool, expected) => {
    expect(mountedName(spec(name, prefix), tool)).toBe(expected);
  });

  it('shortens what is longer than 64 characters, always alike, never to the same', () => {
    const long = 'x'.repeat(100);
    const one = mountedName(spec('docs'), `${long}1`);
    expect(one).toHaveLength(64);
    expect(one).toBe(mountedName(spec('docs'), `${long}1`));
    expect(one).not.toBe(mountedName(spec('docs'), `${long}2`));
    expect(one).toMatch(/^docs__x+_[0-9a-f]{8}$/);
  });

  it('is a name that clients take, whatever the tool is called', () => {
    const tool = fc.stringMatching(/^[A-Za-z0-9_./-]{1,128}$/);
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/), tool, (name, own) =>
        /^[A-Za-z0-9_./-]{1,64}$/.test(mountedName(spec(name), own)),
      ),
    );
  });
});
