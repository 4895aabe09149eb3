import type { AdminToken } from '#gateway/auth/admin-token.service.js';
import { BuiltinTool, type BuiltinToolSpec } from '#gateway/builtin-tools/builtin-tool.js';
import { ADMIN_TOKEN_MEMBER } from '#gateway/http/admin-token-member.js';
import type { SessionOwner } from '#sandbox/sandbox-sessions.js';
import { principalOf } from '#core/principal.js';
import type { ToolCall, ToolResult } from '#gateway/tools/tool.js';
import { string } from '#schema/schema.js';
import { withAdminToken } from '../control/admin-tool.js';
import { AdminRightNeeded } from '../dynamic-tools.errors.js';
import { SANDBOX } from '../running/ephemeral-run.js';

export const SessionId = string({ minLength: 1, maxLength: 128, description: 'As sandbox.initialize answered it.' });

type SessionToolSpec = Omit<BuiltinToolSpec, 'scope' | 'checked' | 'secretArguments' | 'upstream'>;

/**
 * A tool of the sandbox sessions, for who has the scope `tools:run`. Clients of dynamic-mcp show the admin token as well:
 * it is not needed here, but a wrong one is no slip that is passed over.
 */
export abstract class SessionTool<Given> extends BuiltinTool<Given> {
  protected constructor(
    spec: SessionToolSpec,
    private readonly adminToken: AdminToken,
  ) {
    super({ ...spec, ...withAdminToken(spec.input), scope: 'tools:run', upstream: SANDBOX });
  }

  /** @throws AdminRightNeeded */
  override async call(call: ToolCall): Promise<ToolResult> {
    const shown = call.secrets?.[ADMIN_TOKEN_MEMBER] ?? undefined;
    if (shown !== undefined && !this.adminToken.mayAdminister(call.caller, shown)) throw new AdminRightNeeded();
    return super.call(call);
  }
}

/** Whose a session is: two issuers may each have somebody of that name. */
export const ownerOf = ({ caller }: ToolCall): SessionOwner => ({
  tenant: caller.tenant,
  subject: principalOf(caller),
});
