import { Injectable } from '@nestjs/common';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import type { Caller } from '#core/caller.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import { boolean, object, type Static, string } from '#schema/schema.js';
import { SandboxSessions } from '#sandbox/sandbox-sessions.js';
import { ownerOf, SessionId, SessionTool } from './session-tool.js';

const Input = object({ sessionId: SessionId });

/** `sandbox.stop`: ends a session, and what is in it is gone. */
@Injectable()
export class StopSandboxTool extends SessionTool<Static<typeof Input>> {
  constructor(
    private readonly sessions: SandboxSessions,
    adminToken: AdminToken,
  ) {
    super(
      {
        name: 'sandbox.stop',
        title: 'End a sandbox session',
        description: 'Ends a sandbox session of yours. Its files are gone then.',
        input: Input,
        output: object({ stopped: boolean(), sessionId: string() }),
        destructive: true,
        idempotent: false,
      },
      adminToken,
    );
  }

  protected async answer(_caller: Caller, { sessionId }: Static<typeof Input>, call: ToolCall) {
    await this.sessions.stop(ownerOf(call), sessionId);
    return { data: { stopped: true, sessionId }, text: `Stopped sandbox session: ${sessionId}` };
  }
}
