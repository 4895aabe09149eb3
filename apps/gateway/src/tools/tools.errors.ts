import type { FieldFault } from '#errors/app-error.js';
import { defineError } from '#errors/define-error.js';

/** The name of an error in bodies and records, as the runbook has it. */
const named = (error: string) => ({ members: { error } });

export const ToolNotFound = defineError('tool_not_found', 404, (name: string) => ({
  message: `There is no tool named ${JSON.stringify(name.slice(0, 128))}.`,
  ...named('ToolNotFound'),
}));

export const InvalidArguments = defineError('invalid_arguments', 422, (faults: readonly FieldFault[]) => ({
  message: `The arguments are not valid: ${faults.map(({ field, message }) => `${field} ${message}`).join('; ')}.`,
  faults,
  ...named('ValidationError'),
}));

export const InvalidCypher = defineError('invalid_cypher', 422, (field: string, reason: string) => ({
  message: `The query is not read-only Cypher: ${reason}.`,
  faults: [{ field, code: 'cypher', message: reason }],
  ...named('CypherValidationError'),
}));

export const InvalidPath = defineError('invalid_path', 422, (field: string, reason: string) => ({
  message: `The path in ${field} is refused: ${reason}.`,
  faults: [{ field, code: 'path', message: reason }],
  ...named('PathValidationError'),
}));

export const BackendUnavailable = defineError('backend_unavailable', 503, (upstream: string, cause?: unknown) => ({
  message: `${upstream} cannot be reached. Try again later.`,
  cause,
  ...named('BackendUnavailableError'),
}));

export const ToolTimeout = defineError('tool_timeout', 504, (tool: string, ms: number) => ({
  message: `${tool} did not answer within ${ms / 1_000} seconds.`,
  ...named('ToolTimeoutError'),
}));

export const CircuitOpen = defineError('circuit_open', 503, (upstream: string, retryAfter: number) => ({
  message: `${upstream} has failed repeatedly and is not called for the moment. Try again in ${retryAfter} s.`,
  retryAfter,
  ...named('CircuitOpenError'),
}));

export const GuardRejection = defineError('guard_rejection', 503, (what: string) => ({
  message: `Too many calls of ${what} are running. Try again shortly.`,
  retryAfter: 1,
  ...named('GuardRejectionError'),
}));

/** The upstream's own words stay here: only its status is told. `retryAfter`: seconds. */
export const UpstreamResponse = defineError(
  'upstream_response',
  502,
  (upstream: string, status: number, retryAfter?: number) => ({
    message: `${upstream} answered with status ${status}.`,
    ...(retryAfter !== undefined && { retryAfter }),
    members: { error: 'UpstreamResponseError', upstream_status: status },
  }),
);

/** What came is no result, or not one that the tool's `outputSchema` promises. @param how for the reader, of our own words */
export const InvalidResult = defineError('invalid_result', 502, (upstream: string, how: string) => ({
  message: `${upstream} answered with something that cannot be used: ${how}.`,
  ...named('UpstreamResponseError'),
}));

/** The upstream answered with a JSON-RPC error. Its words are its own: they are cleaned, and cut, before they get here. */
export const UpstreamRpcError = defineError(
  'upstream_rpc_error',
  502,
  (upstream: string, code: number, message: string, data?: unknown) => ({
    message: `${upstream}: ${message}`,
    members: { error: 'UpstreamRpcError', rpc_code: code, ...(data !== undefined && { data: JSON.stringify(data) }) },
  }),
);

/** The client left or took the call back: nobody is told but the records. 499 is nginx's number for it. */
export const CallCancelled = defineError('call_cancelled', 499, () => ({
  message: 'The call was taken back.',
  ...named('CallCancelledError'),
}));

/** REST has no way to ask its client back. `wanted`: methods of MCP. */
export const InputNeeded = defineError('input_required', 409, (tool: string, wanted: readonly string[]) => ({
  message: `${tool} needs something of its client first (${wanted.join(', ') || 'another round'}), which only MCP can ask for.`,
  members: { error: 'InputRequiredError', wanted: wanted.join(' ') },
}));

export const NestedTooDeep = defineError('nested_too_deep', 422, (tool: string, deepest: number) => ({
  message: `${tool} was not called: a call may have at most ${deepest} calls inside each other.`,
  ...named('NestedTooDeepError'),
}));

export const BreakerNotFound = defineError('breaker_not_found', 404, (name: string) => ({
  message: `There is no breaker named ${JSON.stringify(name.slice(0, 128))}.`,
}));

export const ResourceNotFound = defineError('resource_not_found', 404, (uri: string) => ({
  message: 'There is no such resource.',
  members: { uri },
}));

export const PromptNotFound = defineError('prompt_not_found', 404, (name: string) => ({
  message: `There is no prompt named ${JSON.stringify(name.slice(0, 128))}.`,
  ...named('PromptNotFound'),
}));

/** The client must say that it can do this before it is asked to. */
export const MissingClientCapability = defineError(
  'missing_client_capability',
  400,
  (capabilities: readonly string[]) => ({
    message: `This needs a client that declares: ${capabilities.join(', ')}.`,
    members: { required: capabilities.join(' ') },
  }),
);
