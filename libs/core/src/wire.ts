import Type, { type TSchema } from 'typebox';

/** Building blocks of the wire models: what an id, a time and "or null" look like in JSON Schema. */
export const Uuid = Type.String({ format: 'uuid' });
export const Instant = Type.String({ format: 'date-time' });
export const Count = Type.Integer({ minimum: 0 });
export const Ratio = Type.Number({ minimum: 0, maximum: 1 });
export const JsonObject = Type.Record(Type.String(), Type.Unknown());
export const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
