import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database } from '#database/database.js';
import { kvHost } from '#gateway/dynamic-tools/host/kv.host.js';
import { ToolValues } from '#gateway/dynamic-tools/host/tool-values.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import { TestDatabase } from '../support/postgres.js';

let testDatabase: TestDatabase;
let database: Database;
let values: ToolValues;
let tool: string;

beforeAll(async () => {
  testDatabase = await TestDatabase.create();
  database = Database.open({ connectionString: testDatabase.url }, 8, () => undefined);
  values = new ToolValues({ database });
});
afterAll(async () => {
  await database.destroy();
  await testDatabase[Symbol.asyncDispose]();
});

async function aStoredTool(): Promise<string> {
  const id = randomUUID();
  await testDatabase.query(
    "insert into dynamic_tools (id, tenant, name, created_by, updated_by) values ($1, 'acme', $2, 'ada', 'ada')",
    [id, `t${id}`],
  );
  return id;
}

beforeEach(async () => {
  tool = await aStoredTool();
});

/** What the code of one call of the tool has. */
function code({ tenant = 'acme', of = tool, from = values } = {}) {
  const signal = new AbortController().signal;
  const functions = kvHost(from, of, { signal, caller: { tenant } } as unknown as ToolCall);
  const ask =
    <T>(name: string) =>
    (...args: unknown[]) =>
      functions[name]!(args, new AbortController().signal) as Promise<T>;
  return {
    get: ask('kv.get'),
    set: ask<null>('kv.set'),
    delete: ask<boolean>('kv.delete'),
    list: ask<string[]>('kv.list'),
  };
}

const fill = (count: number, value: unknown) =>
  testDatabase.query(
    `insert into dynamic_tool_values (tool, tenant, key, value)
     select $1, 'acme', 'filled-' || n, $2::jsonb from generate_series(1, $3) n`,
    [tool, JSON.stringify(value), count],
  );

describe('kv', () => {
  it.each([[null], [false], [0], [1e300], [-0.1], [''], ['ä\\u0000😀'], [[]], [{ b: [1, { a: null }], a: '"' }]])(
    'keeps %j',
    async (value) => {
      const kv = code();
      expect(await kv.set('key', value)).toBeNull();
      expect(await code().get('key')).toEqual(value);
    },
  );

  it('has nothing where there is nothing', async () => {
    expect([await code().get('key'), await code().delete('key'), await code().list()]).toEqual([null, false, []]);
  });

  it('replaces, lists and forgets', async () => {
    const kv = code();
    for (const key of ['b/2', 'a', 'b/1', 'B', 'b%', 'b_']) await kv.set(key, 1);
    await kv.set('a', 2);
    expect(await kv.get('a')).toBe(2);
    expect(await kv.list()).toEqual(['B', 'a', 'b%', 'b/1', 'b/2', 'b_']);
    expect(await kv.list('b/')).toEqual(['b/1', 'b/2']);
    expect(await kv.list('%')).toEqual([]);
    expect([await kv.delete('a'), await kv.delete('a'), await kv.get('a')]).toEqual([true, false, null]);
  });

  it('is one for each tenant that calls the tool, and for each tool', async () => {
    await code().set('key', 'acme');
    await code({ tenant: 'other' }).set('key', 'other');
    const another = await aStoredTool();
    expect(await code().get('key')).toBe('acme');
    expect(await code({ tenant: 'other' }).get('key')).toBe('other');
    expect(await code({ tenant: 'third' }).get('key')).toBeNull();
    expect(await code({ of: another }).list()).toEqual([]);
    await code({ tenant: 'other' }).delete('key');
    expect(await code().get('key')).toBe('acme');
  });

  it.each(["'; drop table dynamic_tool_values; --", '__proto__', '\\', '$1', '😀'])('takes the key %j', async (key) => {
    await code().set(key, key);
    expect([await code().get(key), await code().list(key)]).toEqual([key, [key]]);
  });

  it.each([
    ['kv.get', [], 'kv.get: the key'],
    ['kv.set', ['key'], 'kv.set: the value must be JSON'],
    ['kv.set', ['a\0', 1], 'kv.set: the key'],
    ['kv.set', ['key', '\ud800'], 'kv.set: U+0000 and lone surrogates'],
    ['kv.list', [7], 'kv.list: the prefix must be text'],
  ])('%s refuses %j', async (name, args, why) => {
    const kv = code();
    const ask = { 'kv.get': kv.get, 'kv.set': kv.set, 'kv.list': kv.list }[name]!;
    await expect(ask(...args)).rejects.toThrow(why);
  });

  it('does 200 things in one call', async () => {
    const kv = code();
    const outcomes = await Promise.allSettled(Array.from({ length: 205 }, () => kv.get('key')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(200);
    await expect(kv.list()).rejects.toThrow('kv: at most 200 times in one call');
  });
});

describe('room', () => {
  it('is for a thousand keys, however many come at once', async () => {
    await fill(990, 1);
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => code().set(`key-${i}`, i)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    for (const outcome of outcomes.filter(({ status }) => status === 'rejected')) {
      expect(outcome).toMatchObject({ reason: { message: expect.stringContaining('kv.set: there are 1000 keys') } });
    }
    expect(await code().list()).toHaveLength(1_000);
    // What is there may still be another.
    await code().set('filled-1', 2);
    await code().delete('filled-2');
    await code().set('another', 1);
    await code({ tenant: 'other' }).set('key', 1);
  });

  it('is for a megabyte, however much comes at once, from two processes', async () => {
    const second = new ToolValues({ database });
    const value = 'x'.repeat(65_000);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, (_, i) => code({ from: i % 2 ? second : values }).set(`key-${i}`, value)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(16);
    const [kept] = await testDatabase.query<{ bytes: string }>(
      'select sum(octet_length(key) + octet_length(value::text)) as bytes from dynamic_tool_values where tool = $1',
      [tool],
    );
    expect(Number(kept!.bytes)).toBeLessThanOrEqual(1_048_576);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { message: expect.stringMatching(/^kv\.set: \d+ of 1048576 bytes are taken/) },
    });
  });

  it('counts numbers as long as they are written out', async () => {
    const [kv, numbers] = [code(), Array<number>(9_000).fill(1e300)];
    await expect(kv.set('key', numbers)).rejects.toThrow('there is no room for this');
  });
});

it('is refused in words without a database', async () => {
  const kv = code({ from: new ToolValues(undefined) });
  for (const asked of [kv.get('key'), kv.set('key', 1), kv.delete('key'), kv.list()]) {
    await expect(asked).rejects.toThrow('kv: this gateway has no database of its own');
  }
});

it('is refused in words while the database is away', async () => {
  const away = Database.open({ host: '127.0.0.1', port: 1 }, 1, () => undefined);
  await expect(code({ from: new ToolValues({ database: away }) }).get('key')).rejects.toThrow(
    /^kv: values cannot be reached at the moment/,
  );
  await away.destroy();
});
