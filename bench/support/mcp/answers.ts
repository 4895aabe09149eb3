/** The one tool of the bench, and what it answers: some 300 bytes each way, as a small look-up does. */
export const TOOL = 'bench_lookup';

export const ARGUMENTS = { query: 'x'.repeat(256), limit: 10 };

/** What the backend answers, as the catalogue's backends do: plain JSON. */
export const FOUND = { matches: [{ path: 'src/app.ts', line: 42, text: 'y'.repeat(200) }], total: 1, truncated: false };

export const DEFINITION = {
  name: TOOL,
  description: 'Looks something up',
  inputSchema: {
    type: 'object',
    properties: { query: { type: 'string', maxLength: 1000 }, limit: { type: 'integer', minimum: 1, maximum: 100 } },
    required: ['query'],
    additionalProperties: false,
  },
} as const;

/** A piece of every right answer, whatever is around it. */
export const PROOF = 'y'.repeat(200);

type Message = {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: { protocolVersion?: string };
};

const SERVER = { name: 'bench', version: '1.0.0' };
const CALLED = { content: [{ type: 'text', text: JSON.stringify(FOUND) }], structuredContent: FOUND };

/** What an MCP server of this one tool answers; undefined for what asks for no answer. */
export function answerTo({ id, method, params }: Message): object | undefined {
  if (id === undefined) return undefined;
  const result = resultOf(method, params);
  return result
    ? { jsonrpc: '2.0', id, result }
    : { jsonrpc: '2.0', id, error: { code: -32_601, message: `Unknown method ${method}` } };
}

function resultOf(method: string, params: Message['params']): object | undefined {
  if (method === 'tools/call') return { resultType: 'complete', ...CALLED };
  if (method === 'tools/list') return { resultType: 'complete', tools: [DEFINITION], ttlMs: 0, cacheScope: 'private' };
  if (method === 'ping') return {};
  if (method === 'server/discover') {
    return {
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities: { tools: {} },
      serverInfo: SERVER,
    };
  }
  if (method !== 'initialize') return undefined;
  return { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo: SERVER };
}
