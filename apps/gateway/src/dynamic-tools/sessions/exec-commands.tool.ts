import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import type { Caller } from '#core/caller.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import { array, boolean, integer, maybe, object, type Static, string } from '#schema/schema.js';
import { SandboxSessions } from '#sandbox/sandbox-sessions.js';
import { RunGuard } from '../running/run-guard.js';
import { GRACE_MS, runTimes, USUAL_TIMEOUT_MS } from '../running/run-times.js';
import { ownerOf, SessionId, SessionTool } from './session-tool.js';

const NAME = 'sandbox.exec';

const inputOf = (mostMs: number) =>
  object({
    sessionId: SessionId,
    commands: array(string({ minLength: 1, maxLength: 10_000 }), {
      minItems: 1,
      maxItems: 20,
      description: 'Of a shell, one after the other.',
    }),
    timeoutMs: maybe(
      integer({ minimum: 1_000, maximum: mostMs, description: `For all of them. Default: ${USUAL_TIMEOUT_MS}.` }),
    ),
  });
type Given = Static<ReturnType<typeof inputOf>>;

const Output = object({
  results: array(
    object({ command: string(), exitCode: integer(), stdout: string(), stderr: string(), truncated: boolean() }),
  ),
});

/** `sandbox.exec`: commands of a shell in a session. */
@Injectable()
export class ExecCommandsTool extends SessionTool<Given> {
  private readonly usualMs: number;

  constructor(
    private readonly sessions: SandboxSessions,
    private readonly guard: RunGuard,
    adminToken: AdminToken,
    config: ConfigService<Config, true>,
  ) {
    const { mostMs, usualMs } = runTimes(config);
    super(
      {
        name: NAME,
        title: 'Run commands in a sandbox session',
        description:
          'Runs shell commands in a session of yours, one after the other, and tells how each of them ended.',
        input: inputOf(mostMs),
        output: Output,
        timeoutMs: mostMs + GRACE_MS,
        idempotent: false,
      },
      adminToken,
    );
    this.usualMs = usualMs;
  }

  protected async answer({ tenant }: Caller, given: Given, call: ToolCall) {
    const { sessionId, commands, timeoutMs = this.usualMs } = given;
    const { results } = await this.guard.through(tenant, NAME, async () => {
      const ran = await this.sessions.exec(ownerOf(call), sessionId, commands, timeoutMs, call.signal);
      return { ok: ran.results.every(({ exitCode }) => exitCode === 0), results: ran.results };
    });
    return { data: { results }, text: JSON.stringify({ results }) };
  }
}
