import { integer, maybe, string } from '#schema/schema.js';

const url = (of: string, value: string) =>
  string({ pattern: '^https?://', default: value, description: `Where ${of} listens.` });

const token = (of: string) =>
  maybe(string({ minLength: 8, secret: true, description: `Bearer token that the gateway shows ${of}.` }));

const tokenFile = (name: string) =>
  maybe(string({ minLength: 1, description: `A file that holds ${name} instead. Read again when it changes.` }));

/** What the gateway's tools are, and where they are carried. */
export const TOOLS = {
  TOOLS_FILE: string({
    default: 'config/tools.yaml',
    minLength: 1,
    description:
      'The tools that are HTTP calls of platform backends. Read again when it changes. It may name further variables, whose names begin with BACKEND_.',
  }),
  SEMANTIC_SEARCH_URL: url('semantic-search', 'http://localhost:8081'),
  SEMANTIC_SEARCH_TOKEN: token('semantic-search'),
  SEMANTIC_SEARCH_TOKEN_FILE: tokenFile('SEMANTIC_SEARCH_TOKEN'),
  CODE_ORCHESTRATOR_URL: url('code-orchestrator', 'http://localhost:8083'),
  CODE_ORCHESTRATOR_TOKEN: token('code-orchestrator'),
  CODE_ORCHESTRATOR_TOKEN_FILE: tokenFile('CODE_ORCHESTRATOR_TOKEN'),
  AI_AGENTS_URL: url('ai-agents', 'http://localhost:8082'),
  AI_AGENTS_TOKEN: token('ai-agents'),
  AI_AGENTS_TOKEN_FILE: tokenFile('AI_AGENTS_TOKEN'),
  LLM_GATEWAY_URL: url('llm-gateway', 'http://localhost:8080'),
  LLM_GATEWAY_TOKEN: token('llm-gateway'),
  LLM_GATEWAY_TOKEN_FILE: tokenFile('LLM_GATEWAY_TOKEN'),
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
  RESULT_STORE_BYTES: integer({
    default: 67_108_864,
    minimum: 1_048_576,
    maximum: 4_294_967_296,
    description:
      'Memory for results that were too large to be answered and can be read as resources, packed, in each process. With REDIS_URL most of them are there instead.',
  }),
  TOOL_PATH_ROOTS: maybe(
    string({
      description:
        'Folders, separated by commas, under which the arguments that the catalogue marks as paths must lie. Unset: the working directory.',
    }),
  ),
};
