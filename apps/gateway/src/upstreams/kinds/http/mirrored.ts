import { isObject, type JsonObject, type ToolDefinition } from '#gateway/tools/tool.js';

/** Methods that name something, and where: it is said again in `Mcp-Name`. */
const NAMED: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/** An argument that the tool's schema wants to see in a header. */
interface MirroredParameter {
  readonly header: string;
  readonly path: readonly string[];
}

const MOST_LEVELS = 8;
/** RFC 9110, field name. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const NONE: readonly MirroredParameter[] = [];

const known = new WeakMap<ToolDefinition, readonly MirroredParameter[]>();

/** Adds what of the request is said again in headers (2026-07-28), for those on the way who read only them. */
export function mirror(
  headers: Record<string, string>,
  method: string,
  params: JsonObject,
  definition: ToolDefinition | undefined,
): void {
  headers['mcp-method'] = method;
  const member = NAMED[method];
  const name = member === undefined ? undefined : params[member];
  if (typeof name === 'string') headers['mcp-name'] = headerText(name);
  if (!definition) return;
  let parameters = known.get(definition);
  if (!parameters) known.set(definition, (parameters = parametersOf(definition.inputSchema)));
  for (const { header, path } of parameters) {
    let value: unknown = params['arguments'];
    for (const step of path) value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    // What is not there, or null, is left out; anything else no header could hold.
    if (typeof value === 'string') headers[header] = headerText(value);
    else if (typeof value === 'number' || typeof value === 'boolean') headers[header] = String(value);
  }
}

function parametersOf(schema: unknown, path: readonly string[] = []): readonly MirroredParameter[] {
  const properties = isObject(schema) ? schema['properties'] : undefined;
  if (!isObject(properties) || path.length >= MOST_LEVELS) return NONE;
  const found = Object.entries(properties).flatMap(([name, property]) => {
    const at = [...path, name];
    const header = isObject(property) ? property['x-mcp-header'] : undefined;
    const own =
      typeof header === 'string' && TOKEN.test(header)
        ? [{ header: `mcp-param-${header.toLowerCase()}`, path: at }]
        : [];
    return [...own, ...parametersOf(property, at)];
  });
  return found.length === 0 ? NONE : found;
}

// Visible, with spaces only inside, and not what an encoded text looks like.
const PLAIN = /^(?!=\?base64\?.*\?=$)[!-~](?:[ -~]*[!-~])?$/;

/** As HTTP can carry it: what it cannot goes as `=?base64?…?=`. */
export const headerText = (text: string): string =>
  PLAIN.test(text) ? text : `=?base64?${Buffer.from(text.toWellFormed()).toString('base64')}?=`;
