import { retryAfterMs } from '#resilience/retry-policy.js';
import type { EgressAnswer } from '#egress/egress-client.js';
import { AnswerTooLarge } from '#egress/egress.errors.js';
import { AppError } from '#errors/app-error.js';
import type { ToolCall, ToolResult } from '#gateway/tools/tool.js';
import { isLines } from './progress-report.js';
import { BackendUnavailable, InvalidResult, ToolTimeout, UpstreamResponse } from '#gateway/tools/tools.errors.js';

const NO_CONTENT = 204;

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);

/**
 * A backend's answer as a result: its JSON, and the text of it as it came. Of any other answer only the status is told:
 * a body may hold what no caller should see.
 * @throws UpstreamResponse, InvalidResult
 */
export function readAnswer({ status, headers, body }: EgressAnswer, upstream: string): ToolResult {
  if (status === NO_CONTENT) return { content: [] };
  if (status < 200 || status > 299) {
    const wait = retryAfterMs(first(headers['retry-after']), Date.now());
    throw new UpstreamResponse(upstream, status, wait === undefined ? undefined : Math.ceil(wait / 1_000));
  }
  const text = body.toString();
  return isLines(headers)
    ? lastOf(text, upstream)
    : { content: [{ type: 'text', text }], structuredContent: parse(text, upstream) };
}

/** The result that follows the reports of progress. */
function lastOf(lines: string, upstream: string): ToolResult {
  const last = lines.trimEnd();
  const line = parse(last.slice(last.lastIndexOf('\n') + 1), upstream) as { result?: unknown } | null;
  if (line?.result === undefined) throw new InvalidResult(upstream, 'it ended without a result');
  return { content: [{ type: 'text', text: JSON.stringify(line.result) }], structuredContent: line.result };
}

function parse(text: string, upstream: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidResult(upstream, 'it is no JSON');
  }
}

/** Why no answer came, as a caller may know it. */
export function failureOf(error: unknown, upstream: string, { signal, deadline, tool }: ToolCall): unknown {
  if (signal.aborted) {
    const reason: unknown = signal.reason;
    if (reason instanceof AppError || performance.now() < deadline) return reason;
    return new ToolTimeout(tool.definition.name, tool.timeoutMs);
  }
  if (error instanceof AnswerTooLarge) {
    if (error.status > 299) return new UpstreamResponse(upstream, error.status);
    return new InvalidResult(upstream, `it has more than ${error.maxBytes} bytes`);
  }
  return new BackendUnavailable(upstream, error);
}
