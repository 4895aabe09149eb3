import { describe, expect, it } from '@jest/globals';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { ToolSource } from '#gateway/tools/tool-source.js';
import { ToolIndex } from './tool-index.js';

const aTool = (name: string, description = '', more: object = {}): Tool =>
  ({
    definition: { name, description, inputSchema: { type: 'object' }, ...more },
    upstream: name.split('__')[0],
    tier: 'bronze',
    scopes: [],
  }) as unknown as Tool;

class Source extends ToolSource {
  readonly name = 'test';

  constructor(public offered: readonly Tool[]) {
    super();
  }

  tools(): readonly Tool[] {
    return this.offered;
  }
}

class Stage {
  readonly source: Source;
  readonly index: ToolIndex;

  constructor(...tools: readonly Tool[]) {
    this.source = new Source(tools);
    this.index = new ToolIndex(new ToolDirectory([this.source]));
  }

  async names(query: string, limit = 5, keep: (tool: Tool) => boolean = () => true): Promise<string[]> {
    return (await this.index.search(query, limit, keep)).map(({ definition }) => definition.name);
  }
}

describe('a tool is found', () => {
  const stage = new Stage(
    aTool('files__removeFolder', 'Takes a directory away.'),
    aTool('mail__compose', 'Writes a letter.', {
      inputSchema: { type: 'object', properties: { recipient: { description: 'Whom it goes to' } } },
    }),
    aTool('paint__draw', 'Draws.', {
      title: 'Sketchbook',
      inputSchema: { properties: { shape: { enum: ['hexagon', 7] } }, anyOf: [{ properties: { pencil: {} } }] },
    }),
    aTool('odd__one', undefined, { description: undefined, inputSchema: { properties: null, items: [1] } }),
  );

  it.each([
    ['by its name, whatever stands between its words', 'remove folder', 'files__removeFolder'],
    ['by its description', 'letter', 'mail__compose'],
    ['by its title', 'sketchbook', 'paint__draw'],
    ['by an argument', 'recipient', 'mail__compose'],
    ['by what is said of an argument', 'whom it goes to', 'mail__compose'],
    ['by a value of an argument', 'hexagon', 'paint__draw'],
    ['by an argument of a branch', 'pencil', 'paint__draw'],
    ['by its server', 'paint', 'paint__draw'],
    ['by a word that means the same', 'delete dir', 'files__removeFolder'],
    ['by the beginning of a word', 'sketch', 'paint__draw'],
    ['by a word that is spelt a little otherwise', 'lettre', 'mail__compose'],
  ])('%s', async (_how, query, name) => expect((await stage.names(query))[0]).toBe(name));

  it.each(['', '??', 'the', 'quetzalcoatlus'])('but not by %j', async (query) =>
    expect(await stage.names(query)).toEqual([]),
  );
});

it('finds only what is to be kept, as many as are wanted', async () => {
  const stage = new Stage(...['a', 'b', 'c', 'd'].map((name) => aTool(`${name}__read_file`)));
  const found = await stage.names('read file', 2, ({ upstream }) => upstream !== 'a');
  expect(found).toEqual(['b__read_file', 'c__read_file']);
});

it('knows tools that come, go and change', async () => {
  const stage = new Stage(aTool('a', 'apples'), aTool('b', 'pears'));
  expect(await stage.names('apples')).toEqual(['a']);
  stage.source.offered = [stage.source.offered[1]!, aTool('a', 'plums'), aTool('c', 'apples')];
  expect(await stage.names('apples')).toEqual(['c']);
  expect(await stage.names('plums')).toEqual(['a']);
  expect(await stage.names('pears')).toEqual(['b']);
  stage.source.offered = [];
  expect(await stage.names('pears')).toEqual([]);
});

it('is made once for all who ask meanwhile, and lets others have their turn', async () => {
  const words = Array.from({ length: 150 }, (_, at) => `word${at}`).join(' ');
  const tools = Array.from({ length: 600 }, (_, at) => aTool(`s__tool_${at}`, `Number ${at}: ${words}`));
  const stage = new Stage(...tools);
  let turns = 0;
  let over = false;
  const count = () => {
    turns++;
    if (!over) setImmediate(count);
  };
  setImmediate(count);
  const found = await Promise.all([stage.names('tool 234', 1), stage.names('tool 77', 1)]);
  over = true;
  expect(found).toEqual([['s__tool_234'], ['s__tool_77']]);
  expect(turns).toBeGreaterThan(5);
});
