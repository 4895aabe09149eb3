import type { JsonObject } from '#gateway/tools/tool.js';
import type { Completion, SourceRequest } from '#gateway/tools/tool-source.js';
import type { Upstream } from './upstream.js';

/** What an upstream suggests; nothing where it does not complete. @param ref with the upstream's own name or address */
export async function valuesOf(
  upstream: Upstream,
  { caller, signal, channel }: SourceRequest,
  ref: JsonObject,
  { argument, value, context }: Completion,
): Promise<readonly string[]> {
  const { capabilities } = await upstream.connection.describe(caller, signal);
  if (!capabilities['completions']) return [];
  const known = Object.keys(context).length > 0 && { context: { arguments: context } };
  const params = { ref, argument: { name: argument, value }, ...known };
  const method = 'completion/complete';
  const result = await upstream.connection.request({ method, params, caller, signal, channel, idempotent: true });
  const values = (result['completion'] as { values?: unknown } | undefined)?.values;
  return Array.isArray(values) ? (values as unknown[]).filter((each) => typeof each === 'string') : [];
}
