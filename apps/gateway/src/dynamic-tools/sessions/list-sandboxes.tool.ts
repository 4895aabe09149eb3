import { Injectable } from '@nestjs/common';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import type { Caller } from '#core/caller.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import { array, object, string } from '#schema/schema.js';
import { SandboxSessions } from '#sandbox/sandbox-sessions.js';
import { shown } from '../control/tool-answers.js';
import { ownerOf, SessionTool } from './session-tool.js';

const Output = object({
  sessions: array(object({ id: string(), image: string(), createdAt: string(), lastUsedAt: string() })),
});

/** `sandbox.session.list`: the caller's own. */
@Injectable()
export class ListSandboxesTool extends SessionTool<object> {
  constructor(
    private readonly sessions: SandboxSessions,
    adminToken: AdminToken,
  ) {
    super(
      {
        name: 'sandbox.session.list',
        title: 'List sandbox sessions',
        description: 'Lists the sandbox sessions that you have started, and that have not ended yet.',
        input: object({}),
        output: Output,
        readOnly: true,
        idempotent: true,
      },
      adminToken,
    );
  }

  protected async answer(_caller: Caller, _given: object, call: ToolCall) {
    return shown({ sessions: await this.sessions.list(ownerOf(call)) });
  }
}
