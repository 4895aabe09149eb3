import type { Caller } from '#core/caller.js';
import { BUILTIN } from '#gateway/builtin-tools/builtin-tool.js';
import { type Forwarded, type JsonObject, originalOf, type Tool, type ToolDefinition } from '#gateway/tools/tool.js';
import type { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { nearestNames } from './nearest-names.js';
import { anObject, checkOf, optional, text, whole } from './search-arguments.js';
import { CALL, DESCRIBE, SEARCH } from './search-definitions.js';
import { NoSuchTool } from './tool-search.errors.js';
import { leadOf } from './tool-document.js';
import { ToolIndex } from './tool-index.js';

const DEFAULT_LIMIT = 5;
const MOST_RESULTS = 25;
const MOST_NEAREST = 3;
const MOST_UPSTREAMS = 30;

const NAME = text(128);

/** Of tools that are here, and cost next to nothing. */
const TERMS = {
  upstream: BUILTIN,
  tier: 'bronze',
  scopes: [],
  timeoutMs: 30_000,
  idempotent: true,
  cacheSeconds: 0,
  revision: '1',
  maxResultBytes: 1_024 * 1_024,
  guarded: false,
} as const;

const told = (said: string) => ({ content: [{ type: 'text', text: said }] });

/** The three tools that stand for all tools of a directory: find, look at, call. */
export function searchTools(directory: ToolDirectory): readonly Tool[] {
  const index = new ToolIndex(directory);
  const find = (caller: Caller, name: string): Tool => {
    const tool = directory.find(caller, name);
    if (tool) return tool;
    const names = directory.visibleTo(caller).map(({ definition }) => definition.name);
    throw new NoSuchTool(name, nearestNames(name, names, MOST_NEAREST));
  };
  return [
    tool(CALL, checkOf({ name: NAME, arguments: optional(anObject) }), {
      forward: (caller, { name, arguments: args = {} }) => ({
        tool: find(caller, String(name)),
        arguments: args as JsonObject,
      }),
    }),
    tool(DESCRIBE, checkOf({ name: NAME }), {
      call: async ({ caller, arguments: { name } }) => told(JSON.stringify(find(caller, String(name)).definition)),
    }),
    tool(SEARCH, checkOf({ query: text(500), limit: optional(whole(MOST_RESULTS)), upstream: optional(text(128)) }), {
      call: async ({ caller, arguments: { query, limit = DEFAULT_LIMIT, upstream } }) => {
        const found = await index.search(
          String(query),
          Number(limit),
          (candidate) =>
            (upstream === undefined || originalOf(candidate).upstream === upstream) &&
            directory.find(caller, candidate.definition.name) === candidate,
        );
        return told(found.length > 0 ? found.map(lineOf).join('\n') : nothingFound(directory.visibleTo(caller)));
      },
    }),
  ];
}

interface Act {
  readonly call?: Tool['call'];
  readonly forward?: (caller: Caller, args: JsonObject) => Forwarded;
}

function tool(definition: ToolDefinition, check: Tool['check'], { call, forward }: Act): Tool {
  return {
    ...TERMS,
    definition,
    check,
    call: call ?? (() => Promise.reject(new Error(`${definition.name} is forwarded, not called`))),
    ...(forward && { forward }),
  };
}

/** `create_issue(owner, repo, title): Creates an issue.` */
function lineOf({ definition: { name, description, inputSchema } }: Tool): string {
  const { required } = inputSchema;
  const needed = Array.isArray(required) ? required.filter((argument) => typeof argument === 'string') : [];
  return `${name}(${needed.join(', ')}): ${leadOf(description ?? '')}`;
}

/** What there is instead, so that the next search can be a better one. */
function nothingFound(visible: readonly Tool[]): string {
  const counts = new Map<string, number>();
  for (const one of visible) counts.set(originalOf(one).upstream, (counts.get(originalOf(one).upstream) ?? 0) + 1);
  const upstreams = [...counts].sort(([, a], [, b]) => b - a).slice(0, MOST_UPSTREAMS);
  const where = upstreams.map(([name, count]) => `${name} (${count})`).join(', ');
  return `No tool fits. Try other words, or leave out upstream. There are ${visible.length} tools, of: ${where}.`;
}
