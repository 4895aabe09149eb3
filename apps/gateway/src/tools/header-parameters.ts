import { isObject, type ToolDefinition } from './tool.js';

/** An argument that a tool's schema wants to see again in a header, for those on the way who read only headers. */
export interface HeaderParameter {
  /** `Mcp-Param-…`, as the schema spells it. */
  readonly header: string;
  readonly path: readonly string[];
}

/** Deeper ones are not looked for. */
const MOST_LEVELS = 8;
/** RFC 9110, field name. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const NONE: readonly HeaderParameter[] = [];
const known = new WeakMap<ToolDefinition, readonly HeaderParameter[]>();

/** The `x-mcp-header` parameters of MCP 2026-07-28. */
export function headerParametersOf(definition: ToolDefinition): readonly HeaderParameter[] {
  let parameters = known.get(definition);
  if (!parameters) known.set(definition, (parameters = parametersIn(definition.inputSchema, [])));
  return parameters;
}

/** What stands in the arguments there; undefined where nothing does. */
export function argumentAt(args: unknown, path: readonly string[]): unknown {
  let value = args;
  for (const step of path) value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  return value;
}

function parametersIn(schema: unknown, path: readonly string[]): readonly HeaderParameter[] {
  const properties = isObject(schema) ? schema['properties'] : undefined;
  if (!isObject(properties) || path.length >= MOST_LEVELS) return NONE;
  const found = Object.entries(properties).flatMap(([name, property]) => {
    const at = [...path, name];
    const header = isObject(property) ? property['x-mcp-header'] : undefined;
    const own = typeof header === 'string' && TOKEN.test(header) ? [{ header: `Mcp-Param-${header}`, path: at }] : [];
    return [...own, ...parametersIn(property, at)];
  });
  return found.length === 0 ? NONE : found;
}
