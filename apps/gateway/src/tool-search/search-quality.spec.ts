import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { LOCAL_CALLER } from '#gateway/auth/local-caller.js';
import type { Tool, ToolDefinition, ToolResult } from '#gateway/tools/tool.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { ToolSource } from '#gateway/tools/tool-source.js';
import { searchTools } from './search-tools.js';

interface Query {
  /** `tuning`: the ranking's figures and synonyms were found on it. `held-out`: written when they stood fast. */
  readonly half: 'tuning' | 'held-out';
  readonly query: string;
  /** Any of them is right. */
  readonly expected: readonly string[];
}

const read = (file: string): unknown => JSON.parse(readFileSync(`test/fixtures/tool-search/${file}`, 'utf8'));
const servers = read('tools.json') as { name: string; tools: ToolDefinition[] }[];
const queries = read('queries.json') as Query[];

/** As `/mcp` shows them. */
const tools = servers.flatMap(({ name: upstream, tools: own }) =>
  own.map((definition) => {
    const name = `${upstream}__${definition.name}`;
    return { definition: { ...definition, name }, upstream, tier: 'bronze', scopes: [] } as unknown as Tool;
  }),
);

class Real extends ToolSource {
  readonly name = 'real';
  tools = () => tools;
}

/** There are about four characters to a token, in English and in JSON alike. */
const tokensOf = (text: string): number => Math.ceil(text.length / 4);

const shown = searchTools(new ToolDirectory([new Real()]));
const search = shown.find(({ definition }) => definition.name === 'search_tools')!;

async function ask(query: string): Promise<string> {
  const call = { tool: search, caller: LOCAL_CALLER, arguments: search.check({ query }) };
  const answer = (await search.call(call as unknown as Parameters<Tool['call']>[0])) as ToolResult;
  return String(answer.content[0]!['text']);
}

const answers = new Map<Query, string>();
beforeAll(async () => {
  for (const query of queries) answers.set(query, await ask(query.query));
});

const isFound = (query: Query): boolean => {
  const names = answers
    .get(query)!
    .split('\n')
    .map((line) => line.slice(0, line.indexOf('(')));
  expect(names.length).toBeLessThanOrEqual(5);
  return query.expected.some((name) => names.includes(name));
};

describe('on the tools of real servers', () => {
  it('has enough of both, and asks for tools that there are', () => {
    const names = new Set(tools.map(({ definition }) => definition.name));
    expect(names.size).toBeGreaterThanOrEqual(200);
    expect(queries.length).toBeGreaterThanOrEqual(120);
    expect(new Set(queries.map(({ query }) => query)).size).toBe(queries.length);
    expect(queries.flatMap(({ expected }) => expected).filter((name) => !names.has(name))).toEqual([]);
  });

  it.each(['tuning', 'held-out'] as const)('finds 95 of 100 of the %s half among the first five', (half) => {
    const asked = queries.filter((query) => query.half === half);
    expect(asked.length).toBeGreaterThan(100);
    const missed = asked.filter((query) => !isFound(query)).map(({ query }) => query);
    expect({ missed, enough: missed.length <= asked.length * 0.05 }).toEqual({ missed, enough: true });
  });

  it('costs a tenth at most of what the list costs, a search included', () => {
    const list = tokensOf(JSON.stringify(tools.map(({ definition }) => definition)));
    const instead = tokensOf(JSON.stringify(shown.map(({ definition }) => definition)));
    const sizes = [...answers.values()].map(tokensOf).sort((a, b) => a - b);
    const typical = sizes[Math.floor(sizes.length / 2)]!;
    const largest = sizes.at(-1)!;
    expect(instead + typical).toBeLessThanOrEqual(list * 0.1);
    expect(instead + largest).toBeLessThanOrEqual(list * 0.1);
    expect({ list, instead, typical }).toEqual({
      list: expect.any(Number),
      instead: expect.any(Number),
      typical: expect.any(Number),
    });
  });
});
