import type { JsonObject } from '#gateway/tools/tool.js';
import type { Json } from './references.js';
import type { SchemaConversion } from './schema-conversion.js';

/** The arguments of a tool: one flat object, whichever part of a request they become. */
export class InputSchema {
  private readonly properties: Record<string, Json> = {};
  private readonly required: string[] = [];

  has(name: string): boolean {
    return Object.hasOwn(this.properties, name);
  }

  /** @returns the name of the argument: another one where there is one of that name already */
  add(name: string, schema: Json, required: boolean, prefix: string): string {
    let argument = name;
    for (let n = 1; this.has(argument); n++) argument = n === 1 ? `${prefix}_${name}` : `${prefix}_${name}_${n}`;
    this.properties[argument] = schema;
    if (required) this.required.push(argument);
    return argument;
  }

  schema(schemas: SchemaConversion): JsonObject {
    return {
      type: 'object',
      properties: this.properties,
      ...(this.required.length > 0 && { required: this.required }),
      additionalProperties: false,
      ...schemas.$defs,
    };
  }
}
