import { maybe, string } from '#schema/schema.js';

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
  TOOL_PATH_ROOTS: maybe(
    string({
      description:
        'Folders, separated by commas, under which the arguments that the catalogue marks as paths must lie. Unset: the working directory.',
    }),
  ),
};
