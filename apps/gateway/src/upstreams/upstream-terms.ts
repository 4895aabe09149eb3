import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { Tool, ToolDefinition } from '#gateway/tools/tool.js';

type Terms = Pick<
  Tool,
  'tier' | 'scopes' | 'timeoutMs' | 'idempotent' | 'cacheSeconds' | 'maxResultBytes' | 'concurrency'
>;

const patterns = new Map<string, RegExp>();

/** `*` stands for any run of characters. */
export function fits(pattern: string, name: string): boolean {
  let compiled = patterns.get(pattern);
  if (!compiled) {
    const source = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    patterns.set(pattern, (compiled = new RegExp(`^${source.join('.*')}$`, 's')));
  }
  return compiled.test(name);
}

/** Whether the operator wants this tool of the upstream at all. */
export const isSelected = ({ allow, deny }: UpstreamSpec, name: string): boolean =>
  (!allow || allow.some((pattern) => fits(pattern, name))) && !deny?.some((pattern) => fits(pattern, name));

/** On what terms a tool is called: what the operator says of it, else of its upstream. */
export function termsOf(spec: UpstreamSpec, { name, annotations }: ToolDefinition): Terms {
  const own = Object.entries(spec.tools ?? {}).find(([pattern]) => fits(pattern, name))?.[1] ?? {};
  // Whoever says that its tool only reads says that it may be called twice.
  const claimed = annotations?.['readOnlyHint'] === true || annotations?.['idempotentHint'] === true;
  return {
    tier: own.tier ?? spec.tier,
    scopes: own.scopes ?? spec.scopes,
    timeoutMs: (own.timeout_seconds ?? spec.timeout_seconds) * 1_000,
    idempotent: own.idempotent ?? claimed,
    cacheSeconds: own.cache_seconds ?? 0,
    maxResultBytes: own.max_result_bytes ?? spec.max_result_bytes,
    ...(own.concurrency !== undefined && { concurrency: own.concurrency }),
  };
}
