import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import type { Withheld } from '../definitions/definitions.js';

/** How an upstream does, in a word. */
export const UPSTREAM_STATES = ['connected', 'connecting', 'degraded', 'away', 'disabled'] as const;

/** One upstream as this process has it. */
export interface UpstreamState {
  readonly spec: UpstreamSpec;
  readonly state: (typeof UPSTREAM_STATES)[number];
  readonly era?: 'modern' | 'legacy';
  readonly version?: string;
  /** Tools that callers may see. */
  readonly offered: number;
  readonly withheld: readonly Withheld[];
  /** In our own words: no secret, no address. */
  readonly lastError?: string;
  /** When it answered last. */
  readonly lastSeen?: Date;
  /** Processes, sessions, the end of standard error. */
  readonly connection: JsonObject;
}

/** What this process knows of its upstreams. */
export abstract class UpstreamStates {
  abstract all(): readonly UpstreamState[];
  /** Reads its lists anew. Resolves when they have been read, or could not be. */
  abstract refresh(name: string): Promise<void>;
}
