import { objectOf, textOf } from '../formats/untrusted-json.js';
import type { JsonRpcMessage } from './json-rpc-message.js';

/** Where the argument stands that a tool's schema wants in a header. */
interface Mirrored {
  readonly header: string;
  readonly path: readonly string[];
}

const NAMED_BY: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;
const SENTINEL = /^=\?base64\?.*\?=$/s;
const DEEPEST = 16;

/** A value as a header can carry it: MCP 2026-07-28, "Header encoding". */
export const headerValue = (value: string): string =>
  PLAIN.test(value) && !SENTINEL.test(value) ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;

/** The headers that repeat what a request of 2026-07-28 says in its body. */
export class MirroredHeaders {
  private readonly tools = new Map<string, readonly Mirrored[]>();

  /** Takes note of which arguments the tools of a listing want in headers. */
  learn(result: unknown): void {
    const tools = objectOf(result)?.['tools'];
    for (const tool of Array.isArray(tools) ? tools.map(objectOf) : []) {
      const name = textOf(tool?.['name']);
      if (name !== undefined) this.tools.set(name, mirroredIn(tool?.['inputSchema'], []));
    }
  }

  of(message: JsonRpcMessage, revision: string): Record<string, string> {
    const method = message.method ?? '';
    const params = objectOf(message.params);
    const headers: Record<string, string> = { 'mcp-protocol-version': revision, 'mcp-method': headerValue(method) };
    const name = textOf(params?.[NAMED_BY[method] ?? '']);
    if (name === undefined) return headers;
    headers['mcp-name'] = headerValue(name);
    for (const { header, path } of method === 'tools/call' ? (this.tools.get(name) ?? []) : []) {
      const value = path.reduce<unknown>((at, key) => objectOf(at)?.[key], params?.['arguments']);
      if (['string', 'number', 'boolean'].includes(typeof value)) {
        headers[`mcp-param-${header.toLowerCase()}`] = headerValue(String(value));
      }
    }
    return headers;
  }
}

/** Reached through `properties` only: what stands in a list or behind a condition has no one place. */
function mirroredIn(schema: unknown, path: readonly string[]): readonly Mirrored[] {
  if (path.length > DEEPEST) return [];
  return Object.entries(objectOf(objectOf(schema)?.['properties']) ?? {}).flatMap(([key, property]) => {
    const header = textOf(objectOf(property)?.['x-mcp-header']);
    const own = header !== undefined && TOKEN.test(header) ? [{ header, path: [...path, key] }] : [];
    return [...own, ...mirroredIn(property, [...path, key])];
  });
}
