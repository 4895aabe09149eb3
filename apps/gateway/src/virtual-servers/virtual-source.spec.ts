import { describe, expect, it } from '@jest/globals';
import { resolveVirtualServer, type VirtualToolEntry } from '#config/virtual-servers.js';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { ToolSource } from '#gateway/tools/tool-source.js';
import { VirtualSource } from './virtual-source.js';

const aTool = (name: string): Tool => {
  const inputSchema = { type: 'object', properties: { q: { type: 'string' } } };
  return {
    definition: { name, description: name, inputSchema },
    upstream: 'u',
    revision: '1',
    tier: 'bronze',
    scopes: [],
  } as unknown as Tool;
};

class Main extends ToolSource {
  readonly name = 'main';

  constructor(public offered: readonly Tool[]) {
    super();
  }

  tools(): readonly Tool[] {
    return this.offered;
  }
}

function stageOf(tools: readonly VirtualToolEntry[], ...names: readonly string[]) {
  const main = new Main(names.map(aTool));
  const { spec, faults } = resolveVirtualServer('v', { tools });
  expect(faults).toEqual([]);
  const source = new VirtualSource(spec!, new ToolDirectory([main]), {});
  const shown = () => source.tools().map(({ definition }) => definition.name);
  return { main, source, shown };
}

describe('a virtual server shows', () => {
  it.each<[string, VirtualToolEntry[], string[]]>([
    ['what it names', [{ tool: 'docs__read' }], ['docs__read']],
    ['another name', [{ tool: 'docs__read', as: 'read' }], ['read']],
    [
      'one tool in two ways',
      [
        { tool: 'docs__read', as: 'a' },
        { tool: 'docs__read', as: 'b' },
      ],
      ['a', 'b'],
    ],
    ['what a pattern finds', [{ tool: 'docs__*' }], ['docs__read', 'docs__write']],
    [
      'what several patterns find, once',
      [{ tool: '*read' }, { tool: 'docs*' }],
      ['docs__read', 'mail.read', 'docs__write'],
    ],
    ['everything', [{ tool: '*' }], ['docs__read', 'docs__write', 'mail.read']],
    ['no other letters for a dot', [{ tool: 'mail.*' }, { tool: 'docs..*' }], ['mail.read']],
    [
      'a named one as it is named',
      [{ tool: '*' }, { tool: 'docs__read', as: 'read' }],
      ['read', 'docs__write', 'mail.read'],
    ],
  ])('%s', (_what, tools, expected) => {
    expect(stageOf(tools, 'docs__read', 'docs__write', 'mail.read').shown()).toEqual(expected);
  });

  it.each<[string, VirtualToolEntry[], object[]]>([
    ['is not there', [{ tool: 'gone' }], [{ tool: 'gone', reason: 'there is no such tool' }]],
    ['no pattern finds', [{ tool: 'gone*' }], [{ tool: 'gone*', reason: 'no tool is named so' }]],
    [
      'has no such argument to be fixed',
      [{ tool: 'docs__read', fixed: { q: 1, tenant: 'acme' } }],
      [{ tool: 'docs__read', reason: 'it has no argument tenant that could be fixed' }],
    ],
    [
      'has a name that another one is given',
      [{ tool: 'docs__read', as: 'docs__write' }, { tool: 'docs__*' }],
      [{ tool: 'docs__write', reason: 'another tool is given its name' }],
    ],
  ])('nothing of what %s, and says so', (_what, tools, expected) => {
    const { source } = stageOf(tools, 'docs__read', 'docs__write');
    expect(source.current().unresolved).toEqual(expected);
  });
});

it('follows the tools that there are, and is the same list while they are the same', () => {
  const { main, source, shown } = stageOf([{ tool: 'a', as: 'x' }, { tool: 'b*' }], 'a');
  const before = source.tools();
  main.offered = [...main.offered, aTool('z')];
  expect(source.tools()).toBe(before);
  main.offered = [...main.offered, aTool('b1')];
  expect(shown()).toEqual(['x', 'b1']);
  expect(source.tools()[0]).toBe(before[0]);
  main.offered = [aTool('a')];
  expect(shown()).toEqual(['x']);
  expect(source.tools()[0]).not.toBe(before[0]);
});
