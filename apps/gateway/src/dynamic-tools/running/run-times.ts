import type { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';

/** What a run may overrun, in milliseconds, so that it is the sandbox that says that the time was up. */
export const GRACE_MS = 1_000;

/** Milliseconds of a run that asks for no other. */
export const USUAL_TIMEOUT_MS = 30_000;

/** Milliseconds that a run has when it asks for none, and that it may ask for. */
export interface RunTimes {
  readonly usualMs: number;
  readonly mostMs: number;
}

export function runTimes(config: ConfigService<Config, true>): RunTimes {
  const mostMs = config.get('MCP_SANDBOX_MAX_TIMEOUT_MS', { infer: true });
  return { usualMs: Math.min(USUAL_TIMEOUT_MS, mostMs), mostMs };
}
