import { BuiltinTool, type BuiltinToolSpec } from '#gateway/builtin-tools/builtin-tool.js';
import type { AdminToken } from '#gateway/auth/admin-token.service.js';
import { ADMIN_TOKEN_MEMBER } from '#gateway/http/admin-token-member.js';
import type { ToolCall, ToolResult } from '#gateway/tools/tool.js';
import { maybe, type ObjectSchema, object, string } from '#schema/schema.js';
import { AdminRightNeeded } from '../dynamic-tools.errors.js';

/** The argument as it is published; what is in it nobody sees but `mayAdminister`. */
export const ADMIN_TOKEN = {
  [ADMIN_TOKEN_MEMBER]: maybe(
    string({ description: "The operator's admin token; not needed by who has the scope tools:admin." }),
  ),
};

export const SECRET_ARGUMENTS: readonly string[] = [ADMIN_TOKEN_MEMBER];

/** Published with the argument for the token, and held against the others alone. */
export const withAdminToken = (input: ObjectSchema) => ({
  input: object({ ...input.properties, ...ADMIN_TOKEN }),
  checked: input,
  secretArguments: SECRET_ARGUMENTS,
});

type AdminToolSpec = Omit<BuiltinToolSpec, 'scope' | 'orScope' | 'checked' | 'secretArguments'>;

/**
 * A tool for administrators of dynamic tools. Whoever may call tools sees it where there is an admin token to show;
 * otherwise those who have the scope do.
 */
export abstract class AdminTool<Given> extends BuiltinTool<Given> {
  protected constructor(
    spec: AdminToolSpec,
    private readonly adminToken: AdminToken,
  ) {
    super({
      ...spec,
      ...withAdminToken(spec.input),
      scope: 'tools:admin',
      ...(adminToken.isSet && { orScope: 'tools:call' }),
    });
  }

  /** @throws AdminRightNeeded */
  override async call(call: ToolCall): Promise<ToolResult> {
    const shown = call.secrets?.[ADMIN_TOKEN_MEMBER];
    if (!this.adminToken.mayAdminister(call.caller, shown ?? undefined)) throw new AdminRightNeeded();
    return super.call(call);
  }
}
