import { argumentAt, headerParametersOf } from '#gateway/tools/header-parameters.js';
import type { JsonObject, ToolDefinition } from '#gateway/tools/tool.js';

/** Methods that name something, and where: it is said again in `Mcp-Name`. */
const NAMED: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

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
  for (const { header: spelt, path } of headerParametersOf(definition)) {
    const header = spelt.toLowerCase();
    const value = argumentAt(params['arguments'], path);
    // What is not there, or null, is left out; anything else no header could hold.
    if (typeof value === 'string') headers[header] = headerText(value);
    else if (typeof value === 'number' || typeof value === 'boolean') headers[header] = String(value);
  }
}

// Visible, with spaces only inside, and not what an encoded text looks like.
const PLAIN = /^(?!=\?base64\?.*\?=$)[!-~](?:[ -~]*[!-~])?$/;

/** As HTTP can carry it: what it cannot goes as `=?base64?…?=`. */
export const headerText = (text: string): string =>
  PLAIN.test(text) ? text : `=?base64?${Buffer.from(text.toWellFormed()).toString('base64')}?=`;
