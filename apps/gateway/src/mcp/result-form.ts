import { resultJson } from '#gateway/tools/result-json.js';
import type { ToolDefinition, ToolResult } from '#gateway/tools/tool.js';
import { SerialisedResult } from './json-rpc.js';
import type { Era } from './mcp-request.js';
import { SERVER_INFO } from './server-info.js';

/** How long a client may keep a list, unless it hears before that it has changed. */
export const LIST_TTL_MS = 60_000;

/** `_meta` of every result of 2026-07-28. */
export const SERVER_META = Object.freeze({ 'io.modelcontextprotocol/serverInfo': SERVER_INFO });

/** Whether a cache may give an answer to another caller: only one that nothing was left out of for this one. */
export type CacheScope = 'private' | 'public';

interface Relayed {
  readonly _meta?: unknown;
  readonly [member: string]: unknown;
}

/** The result as the era has it: in 2026-07-28 it says what it is and who answers. What it holds is passed on as it is. */
export function inForm(era: Era, result: Relayed): object {
  if (era === 'legacy') return result;
  const { _meta } = result;
  return { ...result, resultType: 'complete', _meta: _meta ? { ..._meta, ...SERVER_META } : SERVER_META };
}

/** As `inForm`, of a result that a client may keep. @param ttlMs how long */
export const cacheableInForm = (
  era: Era,
  result: Relayed,
  ttlMs: number,
  cacheScope: CacheScope = 'private',
): object => (era === 'legacy' ? result : inForm(era, { ...result, ttlMs, cacheScope }));

/** A tool's result. Before 2026-07-28 structured content is an object. */
export function toolResultInForm(era: Era, result: ToolResult): object {
  if (era === 'modern') return inForm(era, result);
  const { structuredContent } = result;
  if (structuredContent === undefined || isPlain(structuredContent)) return result;
  return { ...result, structuredContent: { result: structuredContent } };
}

const MODERN_END = `,"resultType":"complete","_meta":${JSON.stringify(SERVER_META)}}`;

/** As `toolResultInForm`, of what came through the pipeline, which has its text already: only the era's members are added. */
export function answerInForm(era: Era, result: ToolResult): object | SerialisedResult {
  const { structuredContent } = result;
  if (era === 'legacy') {
    if (structuredContent !== undefined && !isPlain(structuredContent)) return toolResultInForm(era, result);
    return new SerialisedResult(resultJson(result));
  }
  if (result._meta !== undefined || result['resultType'] !== undefined) return inForm(era, result);
  return new SerialisedResult(resultJson(result).slice(0, -1) + MODERN_END);
}

/** A tool as the list of the era shows it. */
export function definitionInForm(era: Era, definition: ToolDefinition): ToolDefinition {
  const { outputSchema } = definition;
  if (era === 'modern' || outputSchema === undefined || outputSchema['type'] === 'object') return definition;
  const wrapped = { type: 'object', properties: { result: outputSchema }, required: ['result'] };
  return { ...definition, outputSchema: wrapped };
}

const isPlain = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
