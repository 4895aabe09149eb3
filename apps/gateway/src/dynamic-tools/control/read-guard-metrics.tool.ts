import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { BuiltinTool } from '#gateway/builtin-tools/builtin-tool.js';
import { array, integer, object, string } from '#schema/schema.js';
import { RunGuard } from '../running/run-guard.js';
import { shown } from './tool-answers.js';

const Output = object({
  activeExecutions: integer(),
  limits: object({ maxConcurrency: integer(), maxCallsPerWindow: integer(), windowMs: integer() }),
  scopes: array(
    object({
      scope: string(),
      total: integer(),
      allowed: integer(),
      rejectedRate: integer(),
      rejectedConcurrency: integer(),
      failed: integer(),
    }),
  ),
});

/** `system.guard_metrics`: of the caller's own tenant, in this process. */
@Injectable()
export class ReadGuardMetricsTool extends BuiltinTool<object> {
  constructor(private readonly guard: RunGuard) {
    super({
      name: 'system.guard_metrics',
      title: 'Figures of the run guard',
      description:
        'Tells what the guard of code runs did for your tenant in this process, by scope: runs let in, refused for being ' +
        'too many at once or too often, and failed; and what its limits are.',
      input: object({}),
      output: Output,
      scope: 'tools:call',
      readOnly: true,
      idempotent: true,
    });
  }

  protected answer({ tenant }: Caller) {
    return Promise.resolve(shown(this.guard.report(tenant)));
  }
}
