import { integer, maybe, string } from '#schema/schema.js';

const backend = (of: string, url: string) =>
  string({ pattern: '^https?://', default: url, description: `Where ${of} listens.` });

/** What the gateway's tools are, and where they are carried. */
export const TOOLS = {
  TOOLS_FILE: string({
    default: 'config/tools.yaml',
    minLength: 1,
    description: 'The tools that are HTTP calls of platform backends. Read again when it changes.',
  }),
  SEMANTIC_SEARCH_URL: backend('semantic-search', 'http://localhost:8081'),
  CODE_ORCHESTRATOR_URL: backend('code-orchestrator', 'http://localhost:8083'),
  AI_AGENTS_URL: backend('ai-agents', 'http://localhost:8082'),
  LLM_GATEWAY_URL: backend('llm-gateway', 'http://localhost:8080'),
  TOOL_UPSTREAM_CONCURRENCY: integer({
    default: 256,
    minimum: 1,
    maximum: 100_000,
    description:
      'Calls that may run at once at one upstream, in each process. Four times as many wait; what is beyond is refused.',
  }),
  TOOL_CACHE_BYTES: integer({
    default: 33_554_432,
    minimum: 1_024,
    maximum: 4_294_967_296,
    description: 'Memory for remembered answers of tools, in each process. Only tools that say so are remembered.',
  }),
  TOOL_PATH_ROOTS: maybe(
    string({
      description:
        'Folders, separated by commas, under which the arguments that the catalogue marks as paths must lie. Unset: the working directory.',
    }),
  ),
};
