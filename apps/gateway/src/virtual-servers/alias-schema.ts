import { isObject, type JsonObject } from '#gateway/tools/tool.js';

/** Arguments that a virtual server says something about. */
export interface SaidArguments {
  /** Filled in where the caller leaves them out. */
  readonly defaults?: JsonObject;
  /** Always so. */
  readonly fixed?: JsonObject;
}

/**
 * The schema as it is shown: fixed arguments are not in it, those with a default say so and are not required. Everything
 * else stays as it was, `x-mcp-header` and members that nobody here knows too.
 */
export function shownSchema(schema: JsonObject, { defaults = {}, fixed = {} }: SaidArguments): JsonObject {
  const { properties, required, ...others } = schema as {
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly required?: unknown;
  } & JsonObject;
  const isSaid = (name: unknown) => Object.hasOwn(defaults, String(name)) || Object.hasOwn(fixed, String(name));
  const rest = Array.isArray(required) ? required.filter((name) => !isSaid(name)) : required;
  // In the order in which they were: whoever compares lists sees what has changed, and nothing else.
  const shown: Record<string, unknown> = {};
  for (const member of Object.keys(schema)) {
    if (member === 'properties' && isObject(properties)) shown[member] = shownProperties(properties, defaults, fixed);
    else if (member !== 'required') shown[member] = member === 'properties' ? properties : others[member];
    else if (!Array.isArray(rest) || rest.length > 0 || (required as []).length === 0) shown[member] = rest;
  }
  return shown;
}

/** Fixed arguments that the schema does not name. */
export function unknownArguments({ properties }: JsonObject, fixed: JsonObject = {}): string[] {
  return Object.keys(fixed).filter((name) => !isObject(properties) || !Object.hasOwn(properties, name));
}

function shownProperties(properties: JsonObject, defaults: JsonObject, fixed: JsonObject): JsonObject {
  const shown = Object.entries(properties)
    .filter(([name]) => !Object.hasOwn(fixed, name))
    .map(([name, property]) =>
      Object.hasOwn(defaults, name) && isObject(property)
        ? [name, { ...property, default: defaults[name] }]
        : [name, property],
    );
  return Object.fromEntries(shown) as JsonObject;
}
