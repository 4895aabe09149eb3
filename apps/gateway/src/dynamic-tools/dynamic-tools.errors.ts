import { defineError } from '#errors/define-error.js';

/** The name of an error in bodies and records, as the runbook has it. */
const named = (error: string) => ({ members: { error } });
const quoted = (name: string) => JSON.stringify(name.slice(0, 128));

export const DynamicToolNotFound = defineError('dynamic_tool_not_found', 404, (name: string) => ({
  message: `There is no dynamic tool named ${quoted(name)}.`,
  ...named('ToolNotFound'),
}));

export const DynamicToolVersionNotFound = defineError(
  'dynamic_tool_version_not_found',
  404,
  (name: string, version: number) => ({ message: `${quoted(name)} has no version ${version}.` }),
);

/** Also when it is another kind of tool that has the name. */
export const DynamicToolExists = defineError('dynamic_tool_exists', 409, (name: string) => ({
  message: `There is a tool named ${quoted(name)} already.`,
}));

export const DynamicToolChanged = defineError('dynamic_tool_changed', 409, (name: string, revision: number) => ({
  message: `${quoted(name)} is at revision ${revision} by now: nothing was changed. Look at it, and send the change again.`,
  members: { revision },
}));

export const TooManyDynamicTools = defineError('too_many_dynamic_tools', 409, (most: number) => ({
  message: `There may be at most ${most} dynamic tools. Delete one that is not needed.`,
}));

export const DynamicToolsReadOnly = defineError('dynamic_tools_read_only', 403, () => ({
  message: 'Dynamic tools can be called here, not changed (MCP_DYNAMIC_READ_ONLY).',
}));

export const NothingToApprove = defineError('nothing_to_approve', 409, (name: string) => ({
  message: `No version of ${quoted(name)} is waiting for approval.`,
}));

export const ApprovedByAuthor = defineError('approved_by_author', 403, () => ({
  message: 'A change is approved by somebody other than who made it.',
}));

export const NothingToGrant = defineError('nothing_to_grant', 409, (name: string) => ({
  message: `${quoted(name)} asks for no host functions.`,
}));

/** What every tenant calls is changed by those alone who may show tools to every tenant. */
export const PublishedTool = defineError('published_tool', 403, (name: string) => ({
  message: `${quoted(name)} is shown to every tenant: changing what it does needs the scope tools:publish.`,
}));

/** Neither the scope `tools:admin` nor the right admin token. */
export const AdminRightNeeded = defineError('admin_right_needed', 403, () => ({
  message: 'This needs the scope tools:admin, or the admin token.',
}));

export const NoToolStore = defineError('no_database', 501, () => ({
  message: 'This gateway has no database of its own: dynamic tools cannot be kept here.',
}));

/** A tenant, or all of them, run one tool too often or too many times at once. `what`: the scope of the guard. */
export const RunRejected = defineError('guard_rejection', 503, (what: string, retryAfter: number) => ({
  message: `Too many runs of ${what}. Try again in ${retryAfter} s.`,
  retryAfter,
  members: { error: 'GuardRejectionError', guard: what },
}));
