import { array, type Schema } from '#schema/schema.js';
import { documented } from './documented.js';

/** The named wire models of routes, for the OpenAPI document. Filled by `Answers` and `Takes`. */
export const ANSWER_MODELS = new Map<string, Record<string, unknown>>();

/** Documents what a route answers with. The schema is the one that the remote driver holds Core's answers against. */
export function Answers(status: number, schema: Schema, description = ''): MethodDecorator {
  return documented(({ ApiResponse }) =>
    ApiResponse({ status, description, content: { 'application/json': { schema: referenceTo(schema) } } }),
  );
}

/** Documents the body of a route that is checked by no DTO. */
export const Takes = (schema: Schema): MethodDecorator =>
  documented(({ ApiBody }) => ApiBody({ schema: referenceTo(schema) }));

/** A list without a cursor. */
export const listOf = (item: Schema): Schema => array(item);

/** The schema in OpenAPI's terms: each named model stands once among the components, and is referred to. */
function referenceTo(schema: Schema): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('$id' in value) || typeof value.$id !== 'string') return value;
    const { $id: name, ...model } = value;
    ANSWER_MODELS.set(name, model);
    return { $ref: `#/components/schemas/${name}` };
  }) as Record<string, unknown>;
}
