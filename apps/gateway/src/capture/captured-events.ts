import { newId } from '#core/identifiers.js';
import { AppError } from '#errors/app-error.js';
import { type ContentBlock, isInputRequired, type JsonObject } from '#gateway/tools/tool.js';
import type { ToolCallEnd } from '#gateway/tools/tool-request.js';
import { redactArguments, redactStart } from './redact-arguments.js';

/** An event as the store takes it, but for its session. */
export type CapturedEvent = JsonObject;

const MOST_CHARS_OF_RESULT = 1_000;
/** What went wrong is read by the analysis: more of it is kept. */
const MOST_CHARS_OF_FAILURE = 8_000;
const MOST_CHARS_OF_NAME = 200;

/** Who acted: the client's own name for itself, or the OAuth client that it came with. */
export const agentOf = ({ client, caller }: ToolCallEnd['request']): string =>
  redactStart(client?.name || caller.client || 'unknown-client', MOST_CHARS_OF_NAME);

/** What a call says about its session: that it was made, and what came of it. Made once: it has an id of its own. */
export function eventsOf(end: ToolCallEnd): CapturedEvent[] {
  const { request, tool, startedAt, ms } = end;
  const call_id = newId();
  const of = { call_id, tool: redactStart(request.name, MOST_CHARS_OF_NAME), upstream: tool?.upstream };
  const common = {
    source_type: 'gateway',
    attribution_source: 'agent',
    agent_metadata: { agent_id: agentOf(request), client_version: request.client?.version?.slice(0, 100) },
    metadata_: { request_id: request.requestId, trace_id: request.traceId, via: request.via },
  };
  const made = {
    ...common,
    event_type: 'tool_call',
    client_timestamp: new Date(startedAt).toISOString(),
    payload: { ...of, arguments: redactArguments(end.arguments ?? request.arguments) },
  };
  const outcome = outcomeOf(end);
  if (!outcome) return [made];
  const { event_type, ...came } = outcome;
  const ended = {
    ...common,
    event_type,
    client_timestamp: new Date(startedAt + Math.round(ms)).toISOString(),
    payload: { ...of, duration_ms: Math.round(ms), ...came },
  };
  return [made, ended];
}

/** Undefined for a call that was taken back, or that is not over: nothing came of it, good or bad. */
function outcomeOf({ request, answer, error, cached }: ToolCallEnd): ({ event_type: string } & JsonObject) | undefined {
  if (answer && !isInputRequired(answer)) {
    const failed = answer.isError === true;
    const output = textOf(answer.content, failed ? MOST_CHARS_OF_FAILURE : MOST_CHARS_OF_RESULT);
    return { event_type: 'tool_result', status: failed ? 'error' : 'success', is_error: failed, cached, output };
  }
  if (answer || request.signal.aborted) return undefined;
  return { event_type: 'error', status: 'error', error: described(error) };
}

/** The same words that the caller was told: a fault of ours says no more here. */
function described(error: unknown): { name: string; message: string } {
  if (!(error instanceof AppError)) return { name: 'InternalError', message: 'Something went wrong on our side.' };
  const name = error.details.members?.['error'];
  return {
    name: typeof name === 'string' ? name : error.code,
    message: redactStart(error.message, MOST_CHARS_OF_FAILURE),
  };
}

function textOf(content: readonly ContentBlock[], most: number): string {
  let text = '';
  for (const { type, text: words } of content) {
    if (text.length > most) break;
    const said = typeof words === 'string' ? words : `[${type}]`;
    text += text === '' ? said : `\n${said}`;
  }
  return text.length > most ? `${redactStart(text, most)}…` : redactStart(text, most);
}
