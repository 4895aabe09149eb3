import { InvalidArguments, MissingClientCapability } from '#gateway/tools/tools.errors.js';
import type { InputRequest, InputRequired, JsonObject, Tool, ToolCall, ToolResult } from '#gateway/tools/tool.js';

type Answer = (call: ToolCall) => ToolResult | InputRequired | Promise<ToolResult | InputRequired>;

/** A tool for every tenant without terms. @param texts names of its arguments: each a text that has to be given */
export function testTool(name: string, description: string, answer: Answer, texts: readonly string[] = []): Tool {
  const properties = Object.fromEntries(texts.map((text) => [text, { type: 'string' }]));
  const inputSchema = { type: 'object', properties, ...(texts.length > 0 && { required: texts }) };
  return toolOf(name, description, inputSchema, answer);
}

/** The same with a schema of its own, of whose arguments only the ones it requires are looked at. */
export function toolOf(name: string, description: string, inputSchema: JsonObject, answer: Answer): Tool {
  const required = (inputSchema['required'] ?? []) as readonly string[];
  return {
    definition: { name, description, inputSchema },
    upstream: 'everything',
    tier: 'bronze',
    scopes: [],
    timeoutMs: 30_000,
    idempotent: false,
    cacheSeconds: 0,
    revision: '1',
    maxResultBytes: 1_000_000,
    guarded: true,
    check(given) {
      const faults = required
        .filter((field) => typeof given[field] !== 'string')
        .map((field) => ({ field, code: 'type', message: 'must be a text' }));
      if (faults.length > 0) throw new InvalidArguments(faults);
      return given;
    },
    call: async (call) => answer(call),
  };
}

export const text = (said: string): ToolResult => ({ content: [{ type: 'text', text: said }] });

/** What is asked of the client, under keys of the tool's choice. @throws MissingClientCapability for what it cannot do */
export function ask(
  { channel }: Pick<ToolCall, 'channel'>,
  inputRequests: Readonly<Record<string, InputRequest>>,
  requestState?: string,
): InputRequired {
  const missing = Object.values(inputRequests)
    .map(({ method }) => CAPABILITY[method])
    .filter((capability) => channel.capabilities[capability] === undefined);
  if (missing.length > 0) throw new MissingClientCapability([...new Set(missing)]);
  return { resultType: 'input_required', inputRequests, ...(requestState !== undefined && { requestState }) };
}

export const CAPABILITY = {
  'elicitation/create': 'elicitation',
  'sampling/createMessage': 'sampling',
  'roots/list': 'roots',
} as const;

/** What the client answered under this key; undefined when it did not, or with something that is no object. */
export function responseTo({ channel }: Pick<ToolCall, 'channel'>, key: string): JsonObject | undefined {
  const response = channel.inputResponses?.[key];
  return typeof response === 'object' && response !== null ? (response as JsonObject) : undefined;
}

/** Asks for a form to be filled in. */
export function elicit(message: string, properties: JsonObject, required = Object.keys(properties)): InputRequest {
  return {
    method: 'elicitation/create',
    params: { message, requestedSchema: { type: 'object', properties, required } },
  };
}

export function sample(prompt: string, maxTokens: number): InputRequest {
  const messages = [{ role: 'user', content: { type: 'text', text: prompt } }];
  return { method: 'sampling/createMessage', params: { messages, maxTokens } };
}
