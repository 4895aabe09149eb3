import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import type { Caller } from '#core/caller.js';
import { BuiltinTool } from '#gateway/builtin-tools/builtin-tool.js';
import type { JsonObject, ToolCall } from '#gateway/tools/tool.js';
import { InvalidArguments } from '#gateway/tools/tools.errors.js';
import { array, integer, maybe, object, oneOf, type Static, string } from '#schema/schema.js';
import { DependencyModel, RunResult } from '../dynamic-tool.schema.js';
import { engineFaults, EPHEMERAL, ephemeralRun, SANDBOX } from '../running/ephemeral-run.js';
import { GRACE_MS, USUAL_TIMEOUT_MS } from '../running/run-times.js';
import { Runs } from '../running/runs.service.js';
import { ran } from './tool-answers.js';

const inputOf = (mostMs: number, mostDependencies: number) =>
  object({
    code: string({
      minLength: 1,
      maxLength: 200_000,
      description: 'The body of an async function of args. It returns any JSON value, or throws.',
    }),
    args: maybe({ description: 'Any JSON value, for the code. Default: {}.' }),
    engine: maybe(
      oneOf(['wasm', 'docker'], {
        description:
          'wasm: plain JavaScript, at once. docker: Node.js in a container. Default: docker with an image or dependencies, wasm without.',
      }),
    ),
    image: maybe(string({ minLength: 1, maxLength: 256, description: 'Of the docker engine.' })),
    dependencies: maybe(
      array(DependencyModel, { maxItems: mostDependencies, description: 'npm packages, of the docker engine.' }),
    ),
    timeoutMs: maybe(integer({ minimum: 1_000, maximum: mostMs, description: `Default: ${USUAL_TIMEOUT_MS}.` })),
  });

type Given = Static<ReturnType<typeof inputOf>>;

/** `run_js_ephemeral`: code that is run once, and forgotten. */
@Injectable()
export class RunCodeTool extends BuiltinTool<Given> {
  private readonly mostMs: number;

  constructor(
    private readonly runs: Runs,
    config: ConfigService<Config, true>,
  ) {
    const mostMs = config.get('MCP_SANDBOX_MAX_TIMEOUT_MS', { infer: true });
    super({
      name: EPHEMERAL,
      title: 'Run JavaScript once',
      description:
        'Runs JavaScript in a sandbox without network or files, once, and forgets it: code is the body of an async ' +
        'function of args, and what it returns is the result. What it writes to console is in logs.',
      input: inputOf(mostMs, config.get('MCP_SANDBOX_MAX_DEPENDENCIES', { infer: true })),
      output: RunResult,
      scope: 'tools:run',
      upstream: SANDBOX,
      timeoutMs: mostMs + GRACE_MS,
      idempotent: false,
    });
    this.mostMs = mostMs;
  }

  /** @throws also InvalidArguments, for what only the other engine has */
  override check(given: JsonObject): JsonObject {
    const args = super.check(given) as JsonObject & Given;
    const faults = engineFaults(args);
    if (faults.length > 0) throw new InvalidArguments(faults);
    return args;
  }

  protected async answer(caller: Caller, given: Given, { signal }: ToolCall) {
    return ran(await this.runs.run(caller, ephemeralRun(given, this.mostMs), signal));
  }
}
