import { describe, expect, it } from '@jest/globals';
import { parseEnv } from 'node:util';
import { VARIABLES } from './env.js';
import { renderConfigurationPage, renderEnvExample, renderProductionExample } from './render-variables.js';

const uncommented = (text: string) => text.replace(/^#(?=\w+=)/gm, '');

describe.each([
  ['.env.example', renderEnvExample()],
  ['.env.prod.example', renderProductionExample()],
])('%s', (_file, text) => {
  it('names every variable once, in order, each with its meaning above', () => {
    expect(text.match(/^#?[A-Z_]+(?==)/gm)?.map((name) => name.replace('#', ''))).toEqual(
      VARIABLES.map(({ name }) => name),
    );
    const prose = text.replaceAll('\n# ', ' ');
    for (const { description } of VARIABLES) expect(prose).toContain(description);
  });

  it('keeps its lines short, and ends with one line break', () => {
    for (const line of text.split('\n').filter((each) => each.startsWith('# ')))
      expect(line.length).toBeLessThanOrEqual(120);
    expect(text).toMatch(/[^\n]\n$/);
  });
});

it('.env.example says the defaults and sets nothing', () => {
  expect(parseEnv(renderEnvExample())).toEqual({});
  const shown = parseEnv(uncommented(renderEnvExample()));
  for (const { name, default: value } of VARIABLES) expect([name, shown[name]]).toEqual([name, String(value ?? '')]);
});

it('.env.prod.example sets what a deployment has to, and marks its secrets', () => {
  const set = parseEnv(renderProductionExample());
  const wanted = VARIABLES.filter(({ production }) => production !== undefined);
  expect(new Set(Object.keys(set))).toEqual(new Set(wanted.map(({ name }) => name)));
  for (const { name, secret } of wanted) expect([name, set[name]!.includes('CHANGE_ME')]).toEqual([name, secret]);
});

it('docs/configuration.md is one well-formed row for each variable', () => {
  const rows = renderConfigurationPage()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows.map((row) => /`(\w+)`/.exec(row)?.[1])).toEqual(VARIABLES.map(({ name }) => name));
  // A bar inside a cell would be one column more.
  for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(6);
});
