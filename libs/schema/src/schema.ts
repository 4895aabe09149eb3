// A builder of JSON Schemas that carry their TypeScript type: one declaration gives the run-time check, the static type
// and the OpenAPI document. The part of TypeBox that this product uses; TypeBox itself costs every start 100 ms and
// 20 MB (docs/adr/0003-schemas.md).

declare const carried: unique symbol;
declare const optional: unique symbol;

/** A JSON Schema (draft 2020-12) of values of type `T`. */
export interface Schema<T = unknown> {
  readonly [carried]?: T;
  readonly $id?: string;
  readonly type?: string;
  readonly [keyword: string]: unknown;
}

/** A member that may be left out. */
export interface OptionalSchema<T = unknown> extends Schema<T> {
  readonly [optional]: true;
}

/** The type of the values that a schema describes. */
export type Static<S> = S extends { readonly [carried]?: infer T } ? Exclude<T, undefined> : never;

type Members = Readonly<Record<string, Schema>>;
type OptionalKeys<M extends Members> = { [K in keyof M]: M[K] extends OptionalSchema ? K : never }[keyof M];
type StaticObject<M extends Members> = { [K in Exclude<keyof M, OptionalKeys<M>>]: Static<M[K]> } & {
  [K in OptionalKeys<M>]?: Static<M[K]>;
};
type Flat<T> = { [K in keyof T]: T[K] };

/** A schema of objects, whose members can be looked at. */
export interface ObjectSchema<M extends Members = Members> extends Schema<Flat<StaticObject<M>>> {
  readonly properties: M;
  readonly required: readonly string[];
}

type Keywords = Readonly<Record<string, unknown>>;

const OPTIONAL = new WeakSet<object>();

export const string = (keywords: Keywords = {}): Schema<string> => ({ type: 'string', ...keywords });
export const integer = (keywords: Keywords = {}): Schema<number> => ({ type: 'integer', ...keywords });
export const number = (keywords: Keywords = {}): Schema<number> => ({ type: 'number', ...keywords });
export const boolean = (keywords: Keywords = {}): Schema<boolean> => ({ type: 'boolean', ...keywords });

/** One of these texts. */
export const oneOf = <const V extends readonly string[]>(values: V, keywords: Keywords = {}): Schema<V[number]> => ({
  type: 'string',
  enum: values,
  ...keywords,
});

export const array = <T>(items: Schema<T>, keywords: Keywords = {}): Schema<T[]> => ({
  type: 'array',
  items,
  ...keywords,
});

/** An object with any members, each of this schema; of any kind when it is left out. */
export const record = <T = unknown>(values?: Schema<T>, keywords: Keywords = {}): Schema<Record<string, T>> => ({
  type: 'object',
  additionalProperties: values ?? true,
  ...keywords,
});

export const nullable = <T>(schema: Schema<T>): Schema<T | null> => ({ anyOf: [schema, { type: 'null' }] });

export function maybe<T>(schema: Schema<T>): OptionalSchema<T> {
  const copy = { ...schema };
  OPTIONAL.add(copy);
  return copy as OptionalSchema<T>;
}

/** Members are required unless `maybe` says otherwise. */
export function object<M extends Members>(properties: M, keywords: Keywords = {}): ObjectSchema<M> {
  const required = Object.keys(properties).filter((name) => !OPTIONAL.has(properties[name]!));
  return { type: 'object', properties, required, ...keywords };
}
