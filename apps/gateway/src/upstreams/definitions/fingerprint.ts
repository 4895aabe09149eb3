import { hash } from 'node:crypto';
import { canonicalJson } from '#core/canonical-json.js';
import { isObject, type JsonObject, type ToolDefinition } from '#gateway/tools/tool.js';

/** Of `_meta`: what belongs to one answer, and is another in the next one. */
const OF_ONE_ANSWER = new Set([
  'io.modelcontextprotocol/serverInfo',
  'io.modelcontextprotocol/subscriptionId',
  'progressToken',
  'traceparent',
  'tracestate',
  'baggage',
]);

const known = new WeakMap<ToolDefinition, string>();

/** What is pinned of a definition: all of it, unknown members too, but what belongs to one answer only. */
export function pinnedPart(definition: ToolDefinition): JsonObject {
  const { _meta: meta, ...rest } = definition;
  if (meta === undefined) return rest;
  if (!isObject(meta)) return definition;
  const kept = Object.entries(meta).filter(([name]) => !OF_ONE_ANSWER.has(name));
  return kept.length === 0 ? rest : { ...rest, _meta: Object.fromEntries(kept) };
}

/**
 * SHA-256 of the pinned part as canonical JSON, in hex: the same for the same definition, whatever the order of members.
 * Remembered for each object.
 */
export function fingerprint(definition: ToolDefinition): string {
  let sha256 = known.get(definition);
  if (sha256 === undefined) known.set(definition, (sha256 = hash('sha256', canonicalJson(pinnedPart(definition)))));
  return sha256;
}
