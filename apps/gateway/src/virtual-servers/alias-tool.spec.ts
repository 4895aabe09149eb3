import { describe, expect, it } from '@jest/globals';
import type { VirtualToolEntry } from '#config/virtual-servers.js';
import type { JsonObject, Tool, ToolCall } from '#gateway/tools/tool.js';
import { shownSchema, unknownArguments } from './alias-schema.js';
import { aliasTool, isUnchanged } from './alias-tool.js';

const SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    owner: { type: 'string', 'x-mcp-header': 'Owner', minLength: 1 },
    repo: { type: 'string', description: 'Which one.' },
    count: { $ref: '#/$defs/count', default: 1 },
    odd: true,
  },
  required: ['owner', 'repo', 'odd'],
  additionalProperties: false,
  $defs: { count: { type: 'integer' } },
  vendor: { kept: [1, { a: null }] },
};

describe('the schema that is shown', () => {
  it('has a default, and what is filled in is not required', () => {
    const shown = shownSchema(SCHEMA, { defaults: { owner: 'acme', count: 5, odd: 1 } });
    expect(shown).toEqual({
      ...SCHEMA,
      properties: {
        ...SCHEMA.properties,
        owner: { ...SCHEMA.properties.owner, default: 'acme' },
        count: { ...SCHEMA.properties.count, default: 5 },
      },
      required: ['repo'],
    });
    expect(Object.keys(shown)).toEqual(Object.keys(SCHEMA));
  });

  it('has nothing of what is fixed', () => {
    const { owner: _owner, ...properties } = SCHEMA.properties;
    expect(shownSchema(SCHEMA, { fixed: { owner: 'acme' } })).toEqual({
      ...SCHEMA,
      properties,
      required: ['repo', 'odd'],
    });
  });

  it('requires nothing where everything is said', () => {
    const shown = shownSchema(SCHEMA, { fixed: { owner: 'a', odd: 1 }, defaults: { repo: 'b' } });
    expect(shown).not.toHaveProperty('required');
  });

  it.each<JsonObject>([
    { type: 'object' },
    {},
    { properties: null, required: null },
    { properties: [], required: 'x' },
    { type: 'object', required: [] },
    SCHEMA,
  ])('is %j as it was where nothing is said', (schema) => {
    expect(JSON.stringify(shownSchema(schema, {}))).toBe(JSON.stringify(schema));
  });

  it('leaves the one it was made of alone', () => {
    const before = JSON.stringify(SCHEMA);
    shownSchema(SCHEMA, { fixed: { owner: 'a' }, defaults: { repo: 'b' } });
    expect(JSON.stringify(SCHEMA)).toBe(before);
  });
});

it.each<[JsonObject, string[]]>([
  [SCHEMA, ['nothing', 'constructor']],
  [{ type: 'object' }, ['owner', 'nothing', 'constructor']],
  [{ properties: [] }, ['owner', 'nothing', 'constructor']],
])('what a schema does not name cannot be fixed: %#', (schema, expected) => {
  expect(unknownArguments(schema, { owner: 1, nothing: 1, constructor: 1 })).toEqual(expected);
});

/** A tool of a class: what stands in its prototype has to be there too. */
class Original implements Partial<Tool> {
  readonly definition = {
    name: 'github__list',
    title: 'Lists',
    description: 'Lists all.',
    inputSchema: SCHEMA,
    outputSchema: { type: 'object' },
    annotations: { title: 'Lists', readOnlyHint: true },
    _meta: { a: 1 },
  };
  readonly upstream = 'github';
  readonly revision = '7';
  readonly timeoutMs = 5;
  readonly scopes = ['tools:call'];
  readonly seen: unknown[] = [];

  check(given: JsonObject): JsonObject {
    return { ...given, checkedBy: this.revision };
  }

  judge(args: JsonObject): Promise<void> {
    this.seen.push(['judged', args, Object.is(this, original)]);
    return Promise.resolve();
  }

  call(call: ToolCall) {
    this.seen.push(['called', call.tool === original, Object.is(this, original)]);
    return Promise.resolve({ content: [] });
  }
}
const original = new Original() as unknown as Tool & { seen: unknown[] };

describe('an alias', () => {
  const entry: VirtualToolEntry = {
    tool: 'github__list',
    as: 'list',
    title: 'List ours',
    description: 'Lists ours.',
    defaults: { repo: 'site' },
    fixed: { owner: 'acme' },
  };
  const alias = aliasTool(original, entry);

  it('is shown as the entry says, and otherwise as it was', () => {
    const { inputSchema, ...shown } = alias.definition;
    const { inputSchema: _schema, ...was } = original.definition;
    expect(shown).toEqual({
      ...was,
      name: 'list',
      title: 'List ours',
      description: 'Lists ours.',
      annotations: { title: 'List ours', readOnlyHint: true },
    });
    expect(inputSchema).toEqual(shownSchema(SCHEMA, entry));
  });

  it('is on the terms of the original', () => {
    const { aliasOf, upstream, timeoutMs, scopes } = alias;
    expect([aliasOf, upstream, timeoutMs, scopes]).toEqual([original, 'github', 5, ['tools:call']]);
    expect(aliasTool(alias, { tool: 'list', as: 'again' }).aliasOf).toBe(original);
  });

  it.each<[JsonObject, JsonObject]>([
    [{}, { repo: 'site', owner: 'acme' }],
    [
      { repo: 'other', count: 2 },
      { repo: 'other', count: 2, owner: 'acme' },
    ],
    [{ repo: null }, { repo: null, owner: 'acme' }],
  ])('makes of %j %j, and has the original check it', (given, expected) => {
    expect(alias.check(given)).toEqual({ ...expected, checkedBy: '7' });
  });

  it.each([{ owner: 'acme' }, { owner: 'evil' }, { owner: null }])('does not take %j', (given) => {
    expect(() => alias.check(given)).toThrow('owner is not an argument of this tool');
  });

  it('has the original judge and carry the call', async () => {
    original.seen.length = 0;
    await alias.judge!({ a: 1 });
    await alias.call({ tool: alias } as ToolCall);
    expect(original.seen).toEqual([
      ['judged', { a: 1 }, true],
      ['called', true, true],
    ]);
  });

  it('has a revision that goes with the original’s, and is not another’s of the same name', () => {
    const again = aliasTool(original, entry);
    const newer = aliasTool({ ...original, revision: '8' } as Tool, entry);
    const other = aliasTool({ ...original, upstream: 'gitlab' } as Tool, entry);
    expect(again.revision).toBe(alias.revision);
    expect(new Set([alias.revision, newer.revision, other.revision]).size).toBe(3);
  });
});

it.each<[object, boolean]>([
  [{}, true],
  [{ as: 'x' }, false],
  [{ fixed: {} }, false],
])('%j says nothing: %j', (more, expected) => expect(isUnchanged({ tool: 'a', ...more })).toBe(expected));
