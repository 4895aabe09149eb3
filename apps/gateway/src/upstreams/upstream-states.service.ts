import { Injectable } from '@nestjs/common';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import type { Withheld } from './definitions/definitions.js';
import type { Upstream } from './upstream.js';
import { UpstreamRegistry } from './upstream-registry.js';

/** How an upstream does, in a word. `degraded`: it answers, and not all of it can be used. */
export const UPSTREAM_STATES = ['connected', 'connecting', 'degraded', 'away', 'disabled'] as const;

/** One upstream as this process has it. */
export interface UpstreamState {
  readonly spec: UpstreamSpec;
  readonly state: (typeof UPSTREAM_STATES)[number];
  readonly era?: 'modern' | 'legacy';
  /** Of the protocol. */
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

/** What this process knows of its upstreams, for those who look after them. */
@Injectable()
export class UpstreamStates {
  constructor(private readonly registry: UpstreamRegistry) {}

  /** True where there is none, not even one that is switched off. */
  get isEmpty(): boolean {
    return this.registry.all.size === 0 && this.registry.disabled.length === 0;
  }

  /** By name. */
  all(): readonly UpstreamState[] {
    const { all, disabled } = this.registry;
    return [...[...all.values()].map(ofUpstream), ...disabled.map(ofDisabled)].sort((a, b) =>
      a.spec.name < b.spec.name ? -1 : 1,
    );
  }

  /** Names of those that are away although they are required, and of the others that are. */
  away(): { readonly required: readonly string[]; readonly others: readonly string[] } {
    const away = [...this.registry.all.values()].filter(({ state }) => state === 'away');
    const named = (isRequired: boolean) =>
      away.filter(({ spec }) => spec.required === isRequired).map(({ name }) => name);
    return { required: named(true), others: named(false) };
  }

  /** Reads its lists anew. Resolves when they have been read, or could not be. */
  async refresh(name: string): Promise<void> {
    await this.registry.find(name)?.refresh();
  }
}

function ofUpstream(upstream: Upstream): UpstreamState {
  const { spec, state, withheld, lastError, lastSeenAt } = upstream;
  const connection = upstream.connection.status();
  const { era, version } = connection;
  return {
    spec,
    state,
    ...((era === 'modern' || era === 'legacy') && { era }),
    ...(typeof version === 'string' && { version }),
    offered: upstream.verbatimTools.length,
    withheld,
    ...(lastError !== undefined && { lastError }),
    ...(lastSeenAt !== undefined && { lastSeen: new Date(lastSeenAt) }),
    connection,
  };
}

const ofDisabled = (spec: UpstreamSpec): UpstreamState => ({
  spec,
  state: 'disabled',
  offered: 0,
  withheld: [],
  connection: {},
});
