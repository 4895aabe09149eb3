import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import {
  array,
  boolean,
  integer,
  maybe,
  nullable,
  number,
  object,
  oneOf,
  record,
  type Schema,
  type Static,
  string,
} from './schema.js';

const Colour = oneOf(['red', 'green']);
const Part = object({ id: string({ minLength: 1 }), weight: maybe(number({ minimum: 0 })) }, { $id: 'Part' });
const Engine = object({
  name: string(),
  turns: integer({ default: 0 }),
  running: boolean(),
  colour: maybe(Colour),
  maker: nullable(string()),
  owner: maybe(nullable(string())),
  parts: array(Part, { maxItems: 2 }),
  figures: record(number()),
  notes: record(),
});

// The compiler checks these: a wrong static type does not build.
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(verdict: Same<A, B>) => verdict;

const accepts = (schema: Schema, value: unknown) => new Ajv({ strict: false }).validate(schema, value);

const ENGINE = {
  name: 'Difference',
  turns: 7,
  running: false,
  maker: null,
  parts: [{ id: 'mill' }, { id: 'store', weight: 0.5 }],
  figures: { weight: 2.5 },
  notes: { any: ['thing'] },
};

describe('the static type of a schema', () => {
  it('is that of its values', () => {
    expect([
      same<Static<typeof Colour>, 'red' | 'green'>(true),
      same<Static<ReturnType<typeof string>>, string>(true),
      same<Static<ReturnType<typeof integer>>, number>(true),
      same<Static<typeof Part>, { id: string; weight?: number }>(true),
      same<
        Static<typeof Engine>,
        {
          name: string;
          turns: number;
          running: boolean;
          colour?: 'red' | 'green';
          maker: string | null;
          owner?: string | null;
          parts: { id: string; weight?: number }[];
          figures: Record<string, number>;
          notes: Record<string, unknown>;
        }
      >(true),
    ]).not.toContain(false);
  });

  it('tells what is optional from what may be null', () => {
    expect([
      same<Static<typeof Part>, { id: string; weight: number }>(false),
      same<Static<typeof Part>, { id: string; weight?: number | null }>(false),
      same<Static<typeof Engine>['maker'], string>(false),
      same<Static<typeof Colour>, string>(false),
    ]).not.toContain(true);
  });
});

describe('a schema at run time', () => {
  it('is plain JSON Schema', () => {
    expect(JSON.parse(JSON.stringify(Part))).toEqual({
      $id: 'Part',
      type: 'object',
      properties: { id: { type: 'string', minLength: 1 }, weight: { type: 'number', minimum: 0 } },
      required: ['id'],
    });
    expect(Engine.required).toEqual(['name', 'turns', 'running', 'maker', 'parts', 'figures', 'notes']);
  });

  it('accepts what its type says', () => {
    expect(accepts(Engine, ENGINE)).toBe(true);
    expect(accepts(Engine, { ...ENGINE, colour: 'red', owner: null, maker: 'ada' })).toBe(true);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a missing member', { name: undefined }],
    ['a member of another type', { name: 7 }],
    ['a fraction for a whole number', { turns: 1.5 }],
    ['text for a truth', { running: 'false' }],
    ['a value that is not of the list', { colour: 'blue' }],
    ['null for what is only optional', { colour: null }],
    ['absence of what may only be null', { maker: undefined }],
    ['a bad item', { parts: [{ id: '' }] }],
    ['too many items', { parts: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] }],
    ['a bad member of a record', { figures: { weight: 'much' } }],
    ['a list for a record', { notes: [] }],
  ])('refuses %s', (_what, changes) => {
    expect(accepts(Engine, JSON.parse(JSON.stringify({ ...ENGINE, ...changes })))).toBe(false);
  });

  it('is optional where `maybe` says so, and stays required elsewhere', () => {
    const name = string();
    expect(object({ a: maybe(name), b: name }).required).toEqual(['b']);
    expect(maybe(name)).toEqual(name);
  });

  it('lets keywords add to it, and change it', () => {
    expect(string({ format: 'uuid', description: 'x' })).toEqual({ type: 'string', format: 'uuid', description: 'x' });
    expect(object({}, { additionalProperties: false })).toMatchObject({ required: [], additionalProperties: false });
  });
});
