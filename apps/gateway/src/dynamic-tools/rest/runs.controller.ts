import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '#config/env.js';
import { Scopes } from '#gateway/auth/auth.decorators.js';
import { Answers, Takes } from '#gateway/http/answers.js';
import { clientLeft } from '#gateway/http/client-left.js';
import { Group } from '#gateway/http/documented.js';
import type { RunOutcome } from '#sandbox/sandbox.js';
import { RunResult } from '../dynamic-tool.schema.js';
import { Runs } from '../running/runs.service.js';
import { bodyCheck } from './body-check.js';
import { RunBody } from './dynamic-tools.models.js';
import { runRequest } from './run-request.js';

const bodyOf = bodyCheck(RunBody);

/** Code that is run once, and kept nowhere. */
@Group('dynamic-tools')
@Controller('v1/dynamic-tools')
export class RunsController {
  constructor(
    private readonly runs: Runs,
    private readonly config: ConfigService<Config, true>,
  ) {}

  @Post('run')
  @Scopes('tools:run')
  @HttpCode(200)
  @Takes(RunBody)
  @Answers(200, RunResult, 'Also when the code failed: `ok` says so. Closing the connection ends the run')
  runCode(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: unknown,
  ): Promise<RunOutcome> {
    const run = runRequest(bodyOf(body), {
      timeoutMs: this.config.get('MCP_SANDBOX_MAX_TIMEOUT_MS', { infer: true }),
      dependencies: this.config.get('MCP_SANDBOX_MAX_DEPENDENCIES', { infer: true }),
    });
    return this.runs.run(request.caller!, run, clientLeft(reply));
  }
}
