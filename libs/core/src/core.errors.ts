import type { FieldFault } from '#errors/app-error.js';
import { defineError } from '#errors/define-error.js';

/** A request whose fields are wrong, each named. */
export const ValidationFailed = defineError('validation_failed', 422, (faults: readonly FieldFault[]) => ({
  message:
    faults.length === 1 ? `${faults[0]!.field} ${faults[0]!.message}.` : `${faults.length} fields are not valid.`,
  faults,
}));

export const InvalidCursor = defineError('invalid_cursor', 422, () => ({
  message: 'The cursor is not one that this API gave out.',
  faults: [{ field: 'cursor', code: 'invalid_cursor', message: 'is not one that this API gave out' }],
}));

/** Also the answer for a row of another tenant: that it exists is not the caller's to know. */
export const SessionNotFound = defineError('session_not_found', 404, (id: string) => `There is no session ${id}.`);

export const ProjectNotFound = defineError(
  'project_not_found',
  404,
  (workspaceId: string) => `No project of workspace ${workspaceId} matches, and create_if_missing is false.`,
);

export const SessionTerminal = defineError(
  'session_terminal',
  409,
  (id: string, status: string) => `Session ${id} is ${status}, which does not change again.`,
);

/** The store cannot be reached: nothing was written, and the same call may be sent again. */
export const StoreUnavailable = defineError('store_unavailable', 503, (cause?: unknown) => ({
  message: 'The store cannot be reached at the moment. Nothing was lost that was acknowledged; send the call again.',
  retryAfter: 1,
  cause,
}));

export const UpstreamFailed = defineError('upstream_failed', 502, (upstreamStatus: number) => ({
  message: `Achilles Core answered ${upstreamStatus}.`,
  members: { upstream_status: upstreamStatus },
}));

export const UpstreamUnreachable = defineError('upstream_unreachable', 502, (cause?: unknown) => ({
  message: 'Achilles Core cannot be reached.',
  cause,
}));

export const UpstreamInvalid = defineError('upstream_invalid_response', 502, (upstreamStatus: number) => ({
  message: `Achilles Core answered ${upstreamStatus} with a body that does not keep the contract.`,
  members: { upstream_status: upstreamStatus },
}));

export const UpstreamTimeout = defineError('upstream_timeout', 504, (seconds: number) => ({
  message: `Achilles Core did not answer within ${seconds} s.`,
}));
