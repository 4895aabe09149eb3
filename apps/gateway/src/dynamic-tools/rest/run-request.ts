import { ValidationFailed } from '#core/core.errors.js';
import type { FieldFault } from '#errors/app-error.js';
import { engineFaults, ephemeralRun } from '../running/ephemeral-run.js';
import type { RunRequest } from '../running/runs.service.js';
import type { RunBody } from './dynamic-tools.models.js';

export interface RunLimits {
  /** Milliseconds that a run may ask for. */
  readonly timeoutMs: number;
  /** Packages that it may name. */
  readonly dependencies: number;
}

/** What is run for a body that keeps its schema. @throws ValidationFailed for what goes beyond the operator's limits */
export function runRequest(body: RunBody, limits: RunLimits): RunRequest {
  const { timeoutMs = 0, dependencies = [] } = body;
  const faults: FieldFault[] = engineFaults(body);
  const wrong = (field: string, code: string, message: string) => faults.push({ field, code, message });
  if (timeoutMs > limits.timeoutMs) wrong('timeoutMs', 'out_of_range', `must be <= ${limits.timeoutMs}`);
  if (dependencies.length > limits.dependencies) {
    wrong('dependencies', 'too_many', `must not have more than ${limits.dependencies} items`);
  }
  if (faults.length > 0) throw new ValidationFailed(faults);
  return ephemeralRun(body, limits.timeoutMs);
}
