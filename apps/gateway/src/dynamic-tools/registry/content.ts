import { createHash } from 'node:crypto';
import { canonicalJson } from '#core/canonical-json.js';
import type { DynamicToolDraft, DynamicToolPatch, DynamicToolRecord } from '../dynamic-tool.schema.js';
import { USUAL_TIMEOUT_MS } from '../running/run-times.js';

/** What one version says of a tool beside its code, as it is stored. */
export type Definition = Pick<
  DynamicToolRecord,
  | 'title'
  | 'description'
  | 'inputSchema'
  | 'engine'
  | 'image'
  | 'timeoutMs'
  | 'dependencies'
  | 'tier'
  | 'scopes'
  | 'hostFunctions'
>;

/** One version of a tool: what it says, and what it does. */
export interface Content {
  readonly definition: Definition;
  readonly code: string;
}

/** With every default written out. */
export function contentOf(draft: DynamicToolDraft): Content {
  const { name: _, enabled: __, code, ...written } = draft;
  const defaults = {
    engine: 'wasm',
    timeoutMs: USUAL_TIMEOUT_MS,
    dependencies: [],
    tier: 'bronze',
    scopes: ['tools:call'],
  } as const;
  return { definition: present({ ...defaults, ...present(written) }) as unknown as Definition, code };
}

/** The content with what the patch says otherwise; null takes a member away. */
export function patched({ definition, code }: Content, patch: DynamicToolPatch): Content {
  const { code: newCode = code, enabled: _, ...changes } = patch;
  return { definition: present({ ...definition, ...present(changes, true) }) as unknown as Definition, code: newCode };
}

export const isSameContent = (a: Content, b: Content): boolean =>
  a.code === b.code && canonicalJson(a.definition) === canonicalJson(b.definition);

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What stands for a declaration of host functions where it was granted; undefined where nothing is asked for. */
export const declarationOf = ({ hostFunctions }: Pick<Definition, 'hostFunctions'>): string | undefined =>
  hostFunctions && Object.keys(hostFunctions).length > 0 ? sha256(canonicalJson(hostFunctions)) : undefined;

function present(members: object, keepNull = false): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && (keepNull || value !== null)),
  );
}
