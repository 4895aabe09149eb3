import { describe, expect, it } from '@jest/globals';
import { resolveVirtualServer } from './virtual-servers.js';

describe('an entry of a virtual server', () => {
  it('is taken, with its defaults', () => {
    const tools = [{ tool: 'a', as: 'b', defaults: { x: 1 }, fixed: { y: 2 } }, { tool: 'a' }, { tool: 'docs__*' }];
    const { spec, faults } = resolveVirtualServer('v', { tools, tenants: ['acme'] });
    expect([spec, faults]).toEqual([{ name: 'v', tools, tenants: ['acme'], search: false }, []]);
  });

  it.each<[string, object, string]>([
    ['no tools', {}, "it must have required property 'tools'"],
    ['an empty selection', { tools: [] }, 'tools must NOT have fewer than 1 items'],
    [
      'a member that nobody knows',
      { tools: [{ tool: 'a' }], tols: [] },
      'it must NOT have additional properties: tols',
    ],
    ['a tool without a name', { tools: [{ as: 'a' }] }, "tools.0 must have required property 'tool'"],
    ['a name that is none', { tools: [{ tool: 'a', as: 'a b' }] }, 'tools.0.as must match pattern'],
    ['a name that is too long', { tools: [{ tool: 'a', as: 'a'.repeat(65) }] }, 'tools.0.as must match pattern'],
    ['a pattern with a name', { tools: [{ tool: 'a*', as: 'b' }] }, 'tools.0.as cannot be said of a pattern'],
    [
      'a pattern with defaults',
      { tools: [{ tool: '*', defaults: {} }] },
      'tools.0.defaults cannot be said of a pattern',
    ],
    [
      'two of one name',
      {
        tools: [
          { tool: 'a', as: 'x' },
          { tool: 'b', as: 'x' },
        ],
      },
      'tools.1 is named x, as tools.0 is',
    ],
    [
      'a name that another has anyway',
      { tools: [{ tool: 'a', as: 'b' }, { tool: 'b' }] },
      'tools.1 is named b, as tools.0 is',
    ],
    ['the same twice', { tools: [{ tool: 'a' }, { tool: 'a' }] }, 'tools.1 is named a, as tools.0 is'],
    [
      'a default of what is fixed',
      { tools: [{ tool: 'a', defaults: { x: 1 }, fixed: { x: 2 } }] },
      'tools.0.defaults.x is fixed, too',
    ],
    ['nobody to see it', { tools: [{ tool: 'a' }], tenants: [] }, 'tenants must NOT have fewer than 1 items'],
    ['tools that are no list', { tools: { tool: 'a' } }, 'tools must be array'],
  ])('is refused for %s', (_what, entry, expected) => {
    const { spec, faults } = resolveVirtualServer('v', entry as Readonly<Record<string, unknown>>);
    expect([spec, faults.join('; ')]).toEqual([undefined, expect.stringContaining(expected)]);
  });
});
