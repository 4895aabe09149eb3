import { defineError } from '#errors/define-error.js';

export const DefinitionNotFound = defineError('definition_not_found', 404, (upstream: string, tool: string) => ({
  message: `${upstream} has no tool named ${JSON.stringify(tool.slice(0, 128))}.`,
}));

export const NothingPending = defineError('nothing_pending', 409, (upstream: string, tool: string) => ({
  message: `Nothing waits for a decision about ${tool} of ${upstream}.`,
}));

/** @param pending what waits now; undefined where several do */
export const DefinitionChanged = defineError('definition_changed', 412, (upstream: string, pending?: string) => ({
  message: `What ${upstream} says has changed since you looked at it. Look again, and decide about that.`,
  ...(pending !== undefined && { members: { pending_sha256: pending } }),
}));

export const PreconditionRequired = defineError('precondition_required', 428, () => ({
  message: 'Say what you decide about: its SHA-256 in If-Match, or as sha256 in the body.',
}));
