import type { FieldFault } from '#errors/app-error.js';
import type { SandboxEngine, SandboxRun } from '#sandbox/sandbox.js';
import { USUAL_TIMEOUT_MS } from './run-times.js';
import type { RunRequest } from './runs.service.js';

/** What the guard counts code as that no tool holds, however it comes in. */
export const EPHEMERAL = 'run_js_ephemeral';

/** `upstream` of what runs a caller's own code, which is part of its session's story. */
export const SANDBOX = 'sandbox';

/** Code that is run once, as a client gives it. */
export interface EphemeralCode extends Pick<SandboxRun, 'code' | 'image' | 'dependencies'> {
  readonly args?: unknown;
  readonly engine?: SandboxEngine['name'];
  readonly timeoutMs?: number;
}

/** Only the docker engine has them. An empty list wants nothing. */
const NEEDS_NODE = ['image', 'dependencies'] as const;
const wants = (given: EphemeralCode, name: (typeof NEEDS_NODE)[number]): boolean => (given[name]?.length ?? 0) > 0;

/** What of it only the other engine has. */
export function engineFaults(given: EphemeralCode): FieldFault[] {
  if (given.engine !== 'wasm') return [];
  return NEEDS_NODE.filter((name) => wants(given, name)).map((field) => ({
    field,
    code: 'unexpected',
    message: 'goes with the engine docker',
  }));
}

/** @param mostMs that a run may ask for */
export function ephemeralRun(given: EphemeralCode, mostMs: number): RunRequest {
  const { code, args = {}, image, dependencies, timeoutMs = Math.min(USUAL_TIMEOUT_MS, mostMs) } = given;
  const engine = given.engine ?? (NEEDS_NODE.some((name) => wants(given, name)) ? 'docker' : 'wasm');
  return { scope: EPHEMERAL, engine, code, args, timeoutMs, ...(engine === 'docker' && { image, dependencies }) };
}
