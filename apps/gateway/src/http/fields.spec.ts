import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { FieldFault } from '#errors/app-error.js';
import { AppError } from '#errors/app-error.js';
import { AnyObject, Flag, Flags, Identifier, Instant, Labels, Limit, OneOf, Text } from './fields.js';
import { validationPipe } from './validation.pipe.js';

class Request {
  @Text({ max: 5, optional: true }) text?: string;
  @Text({ min: 0, max: 5, optional: true }) note?: string;
  @Identifier({ optional: true }) id?: string;
  @Instant({ optional: true }) at?: string;
  @OneOf(['red', 'green'], { optional: true }) colour?: string;
  @AnyObject({ depth: 3, optional: true }) data?: Record<string, unknown>;
  @Labels({ max: 2, length: 3, optional: true }) tags?: string[];
  @Flags({ optional: true }) flags?: Record<string, boolean>;
  @Flag({ optional: true }) flag?: boolean;
  @Limit({ max: 10, fallback: 4 }) limit: number = 4;
}

class Strict {
  @Text({ max: 5 }) text: string;
  @Instant() at: string;
  @OneOf(['red']) colour: string;
  @AnyObject() data: Record<string, unknown>;
}

const read = (value: unknown, metatype: new () => object = Request) =>
  validationPipe.transform(value, { type: 'body', metatype }) as Promise<Record<string, unknown>>;

async function faultsOf(value: unknown, metatype?: new () => object): Promise<readonly FieldFault[]> {
  try {
    await read(value, metatype);
    return [];
  } catch (error) {
    if (error instanceof AppError && error.code === 'validation_failed') return error.details.faults!;
    throw error;
  }
}

const UUID = '019b7a5c-8000-7000-8000-000000000001';
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const flags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_unused, n) => [`f${n}`, true]));

describe('a field takes', () => {
  it.each<[string, unknown]>([
    ['text', 'x'],
    ['text', '12345'],
    ['text', 'üß€'],
    ['note', ''],
    ['id', UUID],
    ['id', UUID.toUpperCase()],
    ['at', '2026-01-01T00:00:00+01:00'],
    ['at', inDays(0.99)],
    ['colour', 'green'],
    ['data', {}],
    ['data', { a: { b: {} }, __: [1] }],
    ['tags', []],
    ['tags', ['abc', 'd']],
    ['flags', { a: true, b: false }],
    ['flags', flags(100)],
    ['flag', false],
    ['limit', 1],
    ['limit', 10],
  ])('%s: %j', async (field, value) => expect((await read({ [field]: value }))[field]).toEqual(value));

  it('its fallback where it is not given', async () => expect(await read({})).toMatchObject({ limit: 4 }));

  it('a number that a query string spells', async () => expect(await read({ limit: '7' })).toMatchObject({ limit: 7 }));

  it('any object as it is, whatever its members are called', async () => {
    const data: unknown = JSON.parse('{"__proto__":{"x":1},"constructor":2,"at":"not a time"}');
    expect(JSON.stringify((await read({ data }))['data'])).toBe(JSON.stringify(data));
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('a field refuses', () => {
  it.each<[string, unknown, string]>([
    ['text', '', 'wrong_length'],
    ['text', '123456', 'wrong_length'],
    ['text', 7, 'wrong_type'],
    ['text', ['x'], 'wrong_type'],
    ['text', {}, 'wrong_type'],
    ['text', 'a\u0000', 'wrong_format'],
    ['note', '123456', 'wrong_length'],
    ['id', 'x', 'wrong_format'],
    ['id', `${UUID}0`, 'wrong_format'],
    ['id', 7, 'wrong_format'],
    ['at', 'now', 'invalid_timestamp'],
    ['at', 1_767_225_600_000, 'invalid_timestamp'],
    ['at', '2026-02-30T00:00:00Z', 'invalid_timestamp'],
    ['at', '1999-12-31T23:59:59.999Z', 'clock_out_of_range'],
    ['at', inDays(1.01), 'clock_out_of_range'],
    ['colour', 'blue', 'not_in_enum'],
    ['colour', ['red'], 'not_in_enum'],
    ['colour', 'RED', 'not_in_enum'],
    ['data', [], 'wrong_type'],
    ['data', 'x', 'wrong_type'],
    ['data', { a: { b: { c: {} } } }, 'too_deep'],
    ['data', { a: [[[]]] }, 'too_deep'],
    ['tags', 'x', 'wrong_type'],
    ['tags', ['a', 'b', 'c'], 'too_many'],
    ['tags', ['abcd'], 'too_long'],
    ['tags', [''], 'required'],
    ['tags', [7], 'wrong_type'],
    ['tags', [['a']], 'wrong_type'],
    ['tags', ['a', '\u0000'], 'wrong_format'],
    ['flags', [], 'wrong_type'],
    ['flags', { a: 1 }, 'wrong_type'],
    ['flags', { a: 'true' }, 'wrong_type'],
    ['flags', flags(101), 'wrong_type'],
    ['flags', { ['x'.repeat(65)]: true }, 'wrong_type'],
    ['flag', 'true', 'wrong_type'],
    ['flag', 1, 'wrong_type'],
    ['limit', 0, 'out_of_range'],
    ['limit', 11, 'out_of_range'],
    ['limit', 1.5, 'wrong_type'],
    ['limit', 'many', 'wrong_type'],
    ['limit', ['1', '2'], 'wrong_type'],
    ['bogus', 1, 'unknown_field'],
  ])('%s: %j', async (field, value, code) => {
    expect(await faultsOf({ [field]: value })).toEqual([{ field, code, message: expect.any(String) }]);
  });
});

describe('a request', () => {
  it('names each wrong field once, with its strongest reason', async () => {
    expect(await faultsOf({ at: '', colour: null, bogus: { a: 1 } }, Strict)).toEqual([
      { field: 'bogus', code: 'unknown_field', message: 'is not a field of this request' },
      { field: 'text', code: 'required', message: 'is required' },
      { field: 'at', code: 'required', message: 'is required' },
      { field: 'colour', code: 'required', message: 'is required' },
      { field: 'data', code: 'required', message: 'is required' },
    ]);
  });

  it.each([null, undefined, 7, 'x', true])('that is %j is no object', async (value) => {
    expect((await faultsOf(value, Strict)).length).toBeGreaterThan(0);
  });

  it('says nothing of what was sent', async () => {
    expect(JSON.stringify(await faultsOf({ text: 'hunter2!', at: 'hunter2', bogus: 'hunter2' }, Strict))).not.toContain(
      'hunter2',
    );
  });
});
