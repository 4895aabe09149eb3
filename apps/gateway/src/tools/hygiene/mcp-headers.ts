import { isObject } from '#gateway/tools/tool.js';
import { member } from './json.js';

const KEYWORD = 'x-mcp-header';
/** RFC 9110, field name. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const IN_HEADERS = new Set(['string', 'integer', 'boolean']);

/**
 * What is wrong with the arguments that are to be said in headers (MCP 2026-07-28): clients drop such a tool.
 * @returns undefined where nothing is
 */
export function headerFault(inputSchema: unknown): string | undefined {
  const used = new Set<string>();
  let fault: string | undefined;
  /** @param reachable true where only `properties` leads to */
  const look = (schema: unknown, reachable: boolean, isRoot: boolean): void => {
    if (Array.isArray(schema)) return schema.forEach((part) => look(part, false, false));
    if (!isObject(schema) || fault !== undefined) return;
    if (Object.hasOwn(schema, KEYWORD)) fault = faultOf(schema, reachable && !isRoot, used);
    for (const [keyword, part] of Object.entries(schema)) {
      if (keyword === 'const' || keyword === 'enum' || keyword === 'default' || keyword === 'examples') continue;
      if (!isObject(part) && !Array.isArray(part)) continue;
      // The members of `properties` are names, whatever they are.
      if (isMap(keyword) && isObject(part)) {
        for (const each of Object.values(part)) look(each, reachable && keyword === 'properties', false);
      } else look(part, false, false);
    }
  };
  look(inputSchema, true, true);
  return fault;
}

const isMap = (keyword: string): boolean =>
  ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'].includes(keyword);

function faultOf(schema: Readonly<Record<string, unknown>>, reachable: boolean, used: Set<string>): string | undefined {
  const header = schema[KEYWORD];
  if (typeof header !== 'string' || !TOKEN.test(header)) return `${KEYWORD} that names no header`;
  if (!reachable) return `${KEYWORD} where no argument is`;
  if (!IN_HEADERS.has(member(schema, 'type') as string)) return `${KEYWORD} on what no header can hold`;
  const name = header.toLowerCase();
  if (used.has(name)) return `${KEYWORD} ${header} twice`;
  used.add(name);
  return undefined;
}
