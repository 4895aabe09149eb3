import { integer, number, record, string } from '#schema/schema.js';

/** Building blocks of the wire models: what an id and a time look like in JSON Schema. */
export const Uuid = string({ format: 'uuid' });
export const Instant = string({ format: 'date-time' });
export const Count = integer({ minimum: 0 });
export const Ratio = number({ minimum: 0, maximum: 1 });
export const JsonObject = record();
