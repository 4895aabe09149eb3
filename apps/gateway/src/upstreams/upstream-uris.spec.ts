import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mapBlocks, mapMessage, mapToolMeta, mountedUri, originOfUri, unmapArguments } from './upstream-uris.js';

const map = (uri: string) => mountedUri('docs', uri);

describe('addresses where everything is together', () => {
  it('come back as they went, whatever they are', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/), fc.string({ minLength: 1 }), (upstream, uri) => {
        expect(originOfUri(mountedUri(upstream, uri))).toEqual({ upstream, uri });
      }),
    );
  });

  it.each(['file:///a', 'achilles://sessions', '', '+x', 'Docs+x', 'docs+'])('%j is of no upstream', (uri) => {
    expect(originOfUri(uri)).toBeUndefined();
  });

  it('are mapped in links and in embedded resources, and nowhere else', () => {
    const blocks = [
      { type: 'text', text: 'demo://a', uri: 'demo://a' },
      { type: 'resource_link', uri: 'demo://a', name: 'a', extra: 1 },
      { type: 'resource', resource: { uri: 'demo://b', text: 'demo://b' } },
      { type: 'unknown', resource: 3 },
    ];
    expect(mapBlocks(blocks, map)).toEqual([
      blocks[0],
      { type: 'resource_link', uri: 'docs+demo://a', name: 'a', extra: 1 },
      { type: 'resource', resource: { uri: 'docs+demo://b', text: 'demo://b' } },
      blocks[3],
    ]);
  });

  it('leave what has none as it is, to the object', () => {
    const blocks = [
      { type: 'text', text: 'a' },
      { type: 'image', data: '' },
    ];
    expect(mapBlocks(blocks, map)).toBe(blocks);
  });

  it('are mapped in messages of prompts, of one block and of several', () => {
    const link = { type: 'resource_link', uri: 'demo://a' };
    const mapped = { type: 'resource_link', uri: 'docs+demo://a' };
    expect(mapMessage({ role: 'user', content: link }, map)).toEqual({ role: 'user', content: mapped });
    expect(mapMessage({ role: 'user', content: [link] }, map)).toEqual({ role: 'user', content: [mapped] });
  });

  it('are mapped in what names a user interface', () => {
    const meta = { ui: { resourceUri: 'ui://a', csp: 1 }, 'ui/resourceUri': 'ui://a', other: 'ui://a' };
    expect(mapToolMeta(meta, map)).toEqual({
      ui: { resourceUri: 'docs+ui://a', csp: 1 },
      'ui/resourceUri': 'docs+ui://a',
      other: 'ui://a',
    });
    const none = { ui: { x: 1 } };
    expect(mapToolMeta(none, map)).toBe(none);
  });

  it('are mapped back where one is a whole argument', () => {
    const args = { uri: 'docs+demo://a', text: 'see docs+demo://a', sum: 'docs+1', n: 1, other: 'else+demo://a' };
    expect(unmapArguments('docs', args)).toEqual({ ...args, uri: 'demo://a' });
    const none = { sum: 'docs+1' };
    expect(unmapArguments('docs', none)).toBe(none);
  });
});
