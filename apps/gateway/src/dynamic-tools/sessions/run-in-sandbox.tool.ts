import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { AdminToken } from '#gateway/auth/admin-token.service.js';
import type { Caller } from '#core/caller.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import { array, integer, maybe, object, type Static, string } from '#schema/schema.js';
import { SandboxSessions } from '#sandbox/sandbox-sessions.js';
import { ran } from '../control/tool-answers.js';
import { DependencyModel, RunResult } from '../dynamic-tool.schema.js';
import { RunGuard } from '../running/run-guard.js';
import { GRACE_MS, runTimes, USUAL_TIMEOUT_MS } from '../running/run-times.js';
import { ownerOf, SessionId, SessionTool } from './session-tool.js';

const NAME = 'sandbox.run_js';

const inputOf = (mostMs: number, mostDependencies: number) =>
  object({
    sessionId: SessionId,
    code: string({ minLength: 1, maxLength: 200_000, description: 'The body of an async function.' }),
    dependencies: maybe(array(DependencyModel, { maxItems: mostDependencies, description: 'npm packages.' })),
    timeoutMs: maybe(integer({ minimum: 1_000, maximum: mostMs, description: `Default: ${USUAL_TIMEOUT_MS}.` })),
  });
type Given = Static<ReturnType<typeof inputOf>>;

/** `sandbox.run_js`: code that finds the files of its session. */
@Injectable()
export class RunInSandboxTool extends SessionTool<Given> {
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
        title: 'Run JavaScript in a sandbox session',
        description:
          'Runs JavaScript with Node.js in a session of yours: code is the body of an async function, and what it returns ' +
          'is the result. It finds the files that were there before.',
        input: inputOf(mostMs, config.get('MCP_SANDBOX_MAX_DEPENDENCIES', { infer: true })),
        output: RunResult,
        timeoutMs: mostMs + GRACE_MS,
        idempotent: false,
      },
      adminToken,
    );
    this.usualMs = usualMs;
  }

  protected async answer({ tenant }: Caller, given: Given, call: ToolCall) {
    const { sessionId, code, dependencies = [], timeoutMs = this.usualMs } = given;
    const run = { code, dependencies, timeoutMs };
    return ran(
      await this.guard.through(tenant, NAME, () => this.sessions.runJs(ownerOf(call), sessionId, run, call.signal)),
    );
  }
}
