import { afterAll, describe, expect, it } from '@jest/globals';
import { expressionFault } from './expression.js';
import { JsonThread } from './json-thread.js';

const thread = new JsonThread();
afterAll(() => thread.stop());

const PEOPLE = {
  people: [
    { name: 'Ann', age: 3 },
    { name: 'Bob', age: 5 },
  ],
  total: 2,
};
const select = (expression: string, value: unknown = PEOPLE) =>
  thread.ask({ text: JSON.stringify(value), expression, isResult: false });

describe('what is selected', () => {
  it.each([
    ['people[*].name', '["Ann","Bob"]'],
    ['people[?age > `4`].name | [0]', '"Bob"'],
    ['{n: total, first: people[0].name}', '{"n":2,"first":"Ann"}'],
    ['length(people)', '2'],
    ['total == `3`', 'false'],
  ])('%s', async (expression, json) => expect(await select(expression)).toEqual({ json }));

  it.each(['nothing', 'people[?age > `9`]', 'people[0].nothing', 'people[5:]'])(
    'by %s is nothing',
    async (expression) => {
      expect((await select(expression)).shape).toContain('- people: list of 2, each with name, age');
    },
  );

  it.each([
    [{ content: [{ type: 'text', text: 'x' }], structuredContent: PEOPLE }],
    [{ content: [{ type: 'text', text: JSON.stringify(PEOPLE) }] }],
    [
      {
        content: [
          { type: 'image', data: '' },
          { type: 'text', text: JSON.stringify(PEOPLE) },
        ],
      },
    ],
  ])('of %j is of what a result holds', async (result) => {
    const text = JSON.stringify(result);
    expect(await thread.ask({ text, expression: 'total', isResult: true })).toEqual({ json: '2' });
  });

  it.each([
    [{ content: [{ type: 'text', text: 'hello' }] }],
    [{ content: [{ type: 'text', text: '{"a"' }] }],
    [
      {
        content: [
          { type: 'text', text: '{}' },
          { type: 'text', text: '{}' },
        ],
      },
    ],
    [{ content: [] }],
  ])('of %j is a fault', async (result) => {
    const text = JSON.stringify(result);
    expect(await thread.ask({ text, expression: 'a', isResult: true })).toEqual({ fault: 'the result is no JSON' });
  });
});

describe('an expression that explodes', () => {
  it.each([
    ['doubles', Array(40).fill('[@,@]').join(' | '), {}],
    [
      'crosses',
      'let $r = @ in [*].[$r[*].[$r[*].[$r[*].a]]] | length(@)',
      Array.from({ length: 300 }, (_, a) => ({ a })),
    ],
    ['joins', Array(30).fill("join('',[@,@])").join(' | '), 'x'.repeat(1_000)],
  ])('because it %s holds up nobody, and the next one goes on', async (_what, expression, value) => {
    const before = process.threadCpuUsage();
    const { fault } = await select(expression, value);
    expect(fault).toMatch(/too long|too much memory|Invalid string length/);
    // Microseconds of this thread, however busy the machine is: here it would take seconds.
    const { user, system } = process.threadCpuUsage(before);
    expect(user + system).toBeLessThan(1_000_000);
    expect((await select('total')).json ?? (await select('total')).json).toBe('2');
  });
});

describe('expressionFault', () => {
  it.each(['a.b[*].c', "people[?name=='x'] | sort_by(@, &age)[:3]", '@', '*.*', 'a'.repeat(1_000)])(
    'has nothing against %.40s',
    async (expression) => expect(await expressionFault(expression)).toBeUndefined(),
  );

  it.each([
    [5, /must be a string/],
    ['', /must not be empty/],
    ['  ', /must not be empty/],
    ['a'.repeat(1_001), /at most 1000 characters/],
    ['a.', /is no JMESPath/],
    ['a[', /is no JMESPath/],
    ['('.repeat(1_000), /is no JMESPath/],
    ['a.'.repeat(400) + 'a', /more than 300 parts/],
    ["pad_left('a', `500000000`, 'x')", /uses pad_left/],
    ["a[?b == replace(c, 'x', 'xx')]", /uses replace/],
  ])('refuses %.40j', async (expression, reason) => expect(await expressionFault(expression)).toMatch(reason));
});
