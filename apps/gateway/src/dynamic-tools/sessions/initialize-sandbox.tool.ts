import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import type { Caller } from '#core/caller.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import { integer, maybe, object, type Static, string } from '#schema/schema.js';
import { SandboxSessions } from '#sandbox/sandbox-sessions.js';
import { RunGuard } from '../running/run-guard.js';
import { GRACE_MS } from '../running/run-times.js';
import { ownerOf, SessionTool } from './session-tool.js';

const NAME = 'sandbox.initialize';

const Input = object({
  image: maybe(string({ minLength: 1, maxLength: 256, description: 'Default: the first one that is allowed.' })),
  timeoutMs: maybe(
    integer({ minimum: 1_000, maximum: 172_800_000, description: 'Milliseconds without a call after which it ends.' }),
  ),
});

/** `sandbox.initialize`: a container that lives on between calls. */
@Injectable()
export class InitializeSandboxTool extends SessionTool<Static<typeof Input>> {
  constructor(
    private readonly sessions: SandboxSessions,
    private readonly guard: RunGuard,
    adminToken: AdminToken,
    config: ConfigService<Config, true>,
  ) {
    super(
      {
        name: NAME,
        title: 'Start a sandbox session',
        description:
          'Starts a container that keeps its files between calls of sandbox.exec and sandbox.run_js. End it with ' +
          'sandbox.stop; it ends by itself when it is not used for a while.',
        input: Input,
        output: object({ sessionId: string(), image: string(), timeoutMs: integer() }),
        timeoutMs: config.get('MCP_SANDBOX_MAX_TIMEOUT_MS', { infer: true }) + GRACE_MS,
        idempotent: false,
      },
      adminToken,
    );
  }

  protected async answer({ tenant }: Caller, given: Static<typeof Input>, call: ToolCall) {
    const { session } = await this.guard.through(tenant, NAME, async () => ({
      ok: true,
      session: await this.sessions.initialize(ownerOf(call), given),
    }));
    return { data: session, text: JSON.stringify(session) };
  }
}
