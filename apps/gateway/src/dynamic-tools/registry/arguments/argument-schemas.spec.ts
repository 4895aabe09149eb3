import { beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '#gateway/tools/tool.js';
import { InvalidArguments } from '#gateway/tools/tools.errors.js';
import { ArgumentSchemas } from './argument-schemas.js';

const MEGABYTE = 1_000_000;
/** The bound is 60 on a quiet machine. */
const MOST_MS = 200;
const schemas = new ArgumentSchemas();
beforeAll(() => schemas.prepare());

const object = (properties: object, more: object = {}): JsonObject => ({ type: 'object', properties, ...more });
const an = (argument: unknown): JsonObject => object({ a: argument });
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const members = (count: number, value: unknown) => Object.fromEntries(times(count, (i) => [`k${i}`, value]));

/** The faults of these arguments, or the arguments with what was filled in. */
function held(schema: JsonObject, args: JsonObject): unknown {
  try {
    return schemas.checkOf(schema)(args);
  } catch (error) {
    if (error instanceof InvalidArguments) return error.details.faults!.map(({ field, code }) => `${field} ${code}`);
    throw error;
  }
}

/** Milliseconds of this thread, the least of three times: a core that others share counts some of theirs. */
function cpuMs(work: () => unknown): number {
  const taken = times(3, () => {
    const before = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...taken);
}

describe('arguments', () => {
  const string = an({ type: 'string', minLength: 2, maxLength: 4, pattern: '^[a-z😀]+$' });
  it.each<[string, JsonObject, JsonObject, unknown]>([
    ['that fit', string, { a: 'abc' }, { a: 'abc' }],
    ['that are too short', string, { a: 'a' }, ['a too_short']],
    ['that are too long', string, { a: 'abcde' }, ['a too_long']],
    ['counted by characters', string, { a: '😀😀😀😀' }, { a: '😀😀😀😀' }],
    ['that are too few characters', string, { a: '😀' }, ['a too_short']],
    ['against their pattern', string, { a: 'ab1' }, ['a invalid']],
    ['of the wrong type', an({ type: 'integer' }), { a: 'x' }, ['a wrong_type']],
    ['that are missing', object({}, { required: ['a'] }), {}, ['a required']],
    ['that are not known', object({}, { additionalProperties: false }), { b: 1 }, ['b unknown_field']],
    ['that are null where that may be', an({ type: ['string', 'null'] }), { a: null }, { a: null }],
    ['deep inside', an(object({ b: object({}, { required: ['c'] }) })), { a: { b: {} } }, ['a.b.c required']],
    ['that have defaults', an({ default: 7 }), {}, { a: 7 }],
    ['that have defaults inside', an(object({ b: { default: 7 } })), { a: {} }, { a: { b: 7 } }],
    [
      'by reference',
      object({ a: { $ref: '#/$defs/n' } }, { $defs: { n: { type: 'number' } } }),
      { a: 'x' },
      ['a wrong_type'],
    ],
    [
      'twice in a list',
      an({ uniqueItems: true }),
      {
        a: [
          { x: 1, y: 2 },
          { y: 2, x: 1 },
        ],
      },
      ['a invalid'],
    ],
    ['once in a list', an({ uniqueItems: true }), { a: [1, '1', true] }, { a: [1, '1', true] }],
    ['that are none of these', an({ enum: ['x', 'y'] }), { a: 'z' }, ['a not_in_enum']],
    ['of a format', an({ format: 'ipv4' }), { a: '1.2.3' }, ['a wrong_format']],
    ['of a format that nobody knows', an({ format: 'odd' }), { a: '1.2.3' }, { a: '1.2.3' }],
    ['with too many members', an({ maxProperties: 1 }), { a: { b: 1, c: 2 } }, ['a invalid']],
    [
      'of draft-07',
      { ...an({ type: 'string' }), $schema: 'http://json-schema.org/draft-07/schema#' },
      { a: 1 },
      ['a wrong_type'],
    ],
    ['with an id', { ...an({ type: 'string' }), $id: 'https://x.example/s' }, { a: 1 }, ['a wrong_type']],
  ])('%s', (_what, schema, args, expected) => {
    expect(schemas.faultOf(schema)).toBeUndefined();
    expect(held(schema, args)).toEqual(expected);
  });

  it('says what was wrong in words', () => {
    const check = schemas.checkOf(string);
    expect(() => check({ a: 'abcde' })).toThrow('a must not have more than 4 characters');
  });

  it('fills nothing in where it would be filled in again and again', () => {
    const rows = an({ type: 'array', items: object({ b: { default: 'x' } }) });
    expect(held(rows, { a: [{}, {}] })).toEqual({ a: [{}, {}] });
  });
});

describe('a schema that is refused', () => {
  const refs = (count: number) => {
    const $defs: Record<string, unknown> = { [`d${count}`]: { type: 'string' } };
    for (let i = 0; i < count; i++) $defs[`d${i}`] = { allOf: times(2, () => ({ $ref: `#/$defs/d${i + 1}` })) };
    return object({ a: { $ref: '#/$defs/d0' } }, { $defs });
  };
  const chain = (count: number) => {
    const $defs = Object.fromEntries(times(count, (i) => [`d${i}`, { items: { $ref: `#/$defs/d${i + 1}` } }]));
    return object({ a: { $ref: '#/$defs/d0' } }, { $defs: { ...$defs, [`d${count}`]: {} } });
  };
  it.each<[string, JsonObject, string]>([
    ['a tree', object({ a: { items: { $ref: '#' } } }), 'leads to itself'],
    ['a loop', object({ a: { $ref: '#/$defs/a' } }, { $defs: { a: { $ref: '#/$defs/a' } } }), 'leads to itself'],
    ['what doubles', refs(20), 'alternatives and conditions'],
    ['a long chain', chain(200), 'deeper than 100'],
    ['the network', an({ $ref: 'https://evil.example/s.json' }), 'somewhere else'],
    ['a file', an({ $ref: 'file:///etc/passwd' }), 'somewhere else'],
    ['nothing', an({ $ref: '#/$defs/none' }), 'reference to nothing'],
    ['what is no schema', object({ a: { $ref: '#/x-y' } }, { 'x-y': { allOf: [] } }), 'reference to nothing'],
    ['what every object has', an({ $ref: '#/constructor' }), 'reference to nothing'],
    ['a reference that is no text', an({ $ref: 7 }), 'reference to nothing'],
    ['another name for itself', an({ $id: 'https://x.example/s' }), 'uses $id'],
    ['an anchor', an({ $anchor: 'here' }), 'uses $anchor'],
    ['a dynamic reference', an({ $dynamicRef: '#a' }), 'uses $dynamicRef'],
    ['the cost of its own', an({ 'x-achilles-cost': {} }), 'uses x-achilles-cost'],
    ['an unknown dialect', { ...an({}), $schema: 'https://evil.example/dialect' }, 'dialect'],
    ['a look behind', an({ pattern: '(?<=a)b' }), 'pattern that cannot be used'],
    ['a look ahead', an({ pattern: '(?=a)b' }), 'pattern that cannot be used'],
    ['a back-reference', an({ pattern: '(a)\\1' }), 'pattern that cannot be used'],
    ['a pattern that is none', an({ pattern: '(' }), 'pattern that cannot be used'],
    ['one among names', an({ patternProperties: { '(a)\\1': {} } }), 'pattern that cannot be used'],
    ['a pattern written short', an({ pattern: '((a{1,30}){1,30}){1,30}' }), 'pattern'],
    ['a long pattern', an({ pattern: 'a'.repeat(1_001) }), 'more than 1000 characters'],
    ['objects to compare with', an({ enum: [{ a: 1 }] }), 'objects in enum'],
    ['an object to compare with', an({ const: [{ a: 1 }] }), 'objects in const'],
    ['very many values', an({ enum: times(6_000, String) }), 'more than 1000 values'],
    ['what is no schema at all', an({ type: 'nothing' }), 'not a JSON Schema'],
    ['a limit that is none', an({ maxLength: 'x' }), 'not a JSON Schema'],
  ])('%s', (_what, schema, reason) => {
    expect(schemas.faultOf(schema)).toContain(reason);
  });

  it.each<[string, JsonObject]>([
    ['many members', object(members(450, { type: 'string' }))],
    ['many alternatives', an({ anyOf: times(149, (i) => ({ const: i })) })],
    ['many patterns', an({ allOf: times(49, (i) => ({ pattern: `^[a-z]{1,${i + 1}}[0-9]+$` })) })],
    ['what doubles', refs(20)],
    ['nested alternatives', an(times(25, String).reduce<object>((inner) => ({ oneOf: [inner, {}] }), {}))],
  ])('%s: found out at once', (_what, schema) => {
    expect(cpuMs(() => schemas.faultOf(schema))).toBeLessThan(MOST_MS);
  });
});

describe('a hostile schema and a megabyte of hostile arguments', () => {
  const ones = times(MEGABYTE / 2, () => 1);
  const empty = times(MEGABYTE / 3, () => ({}));
  const long = 'a'.repeat(MEGABYTE);
  const many = members(10_000, 1);
  const items = (schema: object) => an({ type: 'array', items: schema });
  const all = (count: number, make: (i: number) => object) => ({ allOf: times(count, make) });
  const any = (count: number, make: (i: number) => object) => ({ anyOf: times(count, make) });
  it.each<[string, JsonObject, unknown]>([
    ['a pattern that goes back and forth', an({ pattern: '^(a+)+$' }), `${long}!`],
    ['a choice that does', an({ pattern: '^(a|aa)+$' }), `${long}!`],
    ['a large pattern', an({ pattern: '^(?:a?){300}a{300}b' }), long],
    ['many patterns', an(all(49, (i) => ({ pattern: `a.*a${i}?` }))), long],
    ['patterns of many short texts', items(any(49, (i) => ({ pattern: `^b+${i}$` }))), times(200_000, () => 'aa')],
    ['patterns of names', an({ patternProperties: members(49, {}) }), many],
    ['patterns of names that match', an({ patternProperties: { '.': any(100, () => ({ type: 'string' })) } }), many],
    ['different items', an({ uniqueItems: true }), ones],
    ['different objects', an({ uniqueItems: true }), times(60_000, (i) => ({ a: i }))],
    [
      'different items, again and again',
      an(any(149, () => ({ uniqueItems: true, maxItems: 1 }))),
      times(100_000, (i) => i),
    ],
    ['alternatives for every item', items(any(149, () => ({ type: 'string' }))), ones],
    ['constants for every item', items(any(149, (i) => ({ const: -i }))), ones],
    ['one of all for every item', items({ oneOf: times(149, () => ({ type: 'number' })) }), ones],
    ['none of all for every item', items({ not: any(148, () => ({ type: 'string' })) }), ones],
    ['choices for every item', items({ enum: times(900, (i) => `x${i}`) }), ones],
    ['what is contained', an({ contains: any(100, () => ({ type: 'string' })) }), ones],
    ['what is contained, by type', an(all(149, () => ({ contains: { type: 'string' }, minContains: 0 }))), ones],
    ['members for every item', items(object(members(450, { type: 'string' }))), empty],
    ['required members', items({ required: [...times(50, (i) => `k${i}`), 'x'] }), empty],
    ['counts of members', an(all(149, () => ({ maxProperties: 99_999 }))), many],
    ['unknown members', an(any(149, () => ({ additionalProperties: false }))), many],
    ['members that were not looked at', an({ ...any(149, () => ({ unevaluatedProperties: false })) }), many],
    ['names of members', an({ propertyNames: any(149, () => ({ type: 'number' })) }), many],
    ['lengths', an(all(149, () => ({ maxLength: 900_000 }))), '😀'.repeat(MEGABYTE / 4)],
    ['formats', items(any(149, () => ({ format: 'uri' }))), times(10_000, (i) => `${'x'.repeat(90)}${i}`)],
    ['a long address', an(all(149, () => ({ format: 'email' }))), long],
    ['conditions', items(times(20, String).reduce<object>((inner) => ({ if: inner, else: false }), {})), ones],
    [
      'references',
      object({ a: { items: { $ref: '#/$defs/n' } } }, { $defs: { n: all(70, () => ({ $ref: '#/$defs/m' })), m: {} } }),
      ones,
    ],
    ['defaults', items(object(members(50, { default: 'x'.repeat(1_000) }))), empty],
    [
      'lists in lists',
      an(
        times(10, String).reduce<object>((inner) => ({ anyOf: [{ items: inner }, { items: false }] }), {
          type: 'string',
        }),
      ),
      times(10, String).reduce<unknown>((inner) => [inner, inner, inner], 1),
    ],
  ])('%s', (_what, schema, a) => {
    expect(schemas.faultOf(schema)).toBeUndefined();
    const args = { a };
    const check = cpuMs(() => schemas.faultOf(schema));
    const call = cpuMs(() => held(schema, args));
    expect(check).toBeLessThan(MOST_MS);
    expect(call).toBeLessThan(MOST_MS);
  });
});
