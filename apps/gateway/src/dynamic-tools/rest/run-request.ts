import { ValidationFailed } from '#core/core.errors.js';
import type { FieldFault } from '#errors/app-error.js';
import type { RunRequest } from '../running/runs.service.js';
import type { RunBody } from './dynamic-tools.models.js';

/** What the guard counts code as that no tool holds, however it comes in. */
const SCOPE = 'run_js_ephemeral';
const USUAL_TIMEOUT_MS = 30_000;

export interface RunLimits {
  /** Milliseconds that a run may ask for. */
  readonly timeoutMs: number;
  /** Packages that it may name. */
  readonly dependencies: number;
}

/** What is run for a body that keeps its schema. @throws ValidationFailed for what goes beyond the operator's limits */
export function runRequest(body: RunBody, limits: RunLimits): RunRequest {
  const { code, args = {}, engine = 'wasm', image, dependencies = [] } = body;
  const { timeoutMs = Math.min(USUAL_TIMEOUT_MS, limits.timeoutMs) } = body;
  const faults: FieldFault[] = [];
  const wrong = (field: string, fault: string, message: string) => faults.push({ field, code: fault, message });
  if (timeoutMs > limits.timeoutMs) wrong('timeoutMs', 'out_of_range', `must be <= ${limits.timeoutMs}`);
  if (dependencies.length > limits.dependencies) {
    wrong('dependencies', 'too_many', `must not have more than ${limits.dependencies} items`);
  }
  if (engine === 'wasm') {
    const ofDocker = { image: image !== undefined, dependencies: dependencies.length > 0 };
    for (const [field, isThere] of Object.entries(ofDocker)) {
      if (isThere) wrong(field, 'unexpected', 'goes with the engine docker');
    }
  }
  if (faults.length > 0) throw new ValidationFailed(faults);
  return {
    scope: SCOPE,
    engine,
    code,
    args,
    timeoutMs,
    ...(image !== undefined && { image }),
    ...(dependencies.length > 0 && { dependencies }),
  };
}
