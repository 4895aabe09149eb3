import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Variables } from '#config/backend-variables.js';
import type { Config } from '#config/env.js';
import { isUpstreamVariable } from '#config/upstream-variables.js';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import { BreakerSummary } from '#gateway/tools/breaker-summary.service.js';
import { UpstreamNotFound } from '../upstreams.errors.js';
import { StoredUpstreams } from './stored-upstreams.js';
import { type UpstreamState, UpstreamStates } from '../upstream-states.service.js';
import { type Known, shown, shownAlone } from './upstream-views.js';
import type { UpstreamDetail, UpstreamOut } from './upstreams-admin.models.js';

/** Every upstream, of the file and of the API, in use or not. */
@Injectable()
export class KnownUpstreams {
  private readonly variable: Variables;

  constructor(
    @Inject(ConfigService) config: ConfigService<Config, true>,
    private readonly stored: StoredUpstreams,
    private readonly states: UpstreamStates,
    private readonly breakers: BreakerSummary,
  ) {
    this.variable = (name) => (isUpstreamVariable(name) ? config.get(name as keyof Config) : undefined);
  }

  /** By name. */
  async list(): Promise<UpstreamOut[]> {
    return (await this.all()).map((known) => shown(known, this.variable));
  }

  /** @throws UpstreamNotFound */
  async show(name: string): Promise<UpstreamDetail> {
    const known = (await this.all()).find((one) => nameOf(one) === name);
    if (!known) throw new UpstreamNotFound(name);
    return shownAlone(known, this.variable);
  }

  /** What stands behind a name, to be tried. @throws UpstreamNotFound */
  async specOf(name: string): Promise<UpstreamSpec> {
    const known = (await this.all()).find((one) => nameOf(one) === name);
    const spec = known?.state?.spec ?? (known?.row && this.stored.meaningOf(known.row).spec);
    if (!spec) throw new UpstreamNotFound(name);
    return spec;
  }

  private async all(): Promise<Known[]> {
    const rows = new Map(((await this.stored.rows?.all()) ?? []).map((row) => [row.name, row]));
    const states = new Map(this.states.all().map((state) => [state.spec.name, state]));
    const breakersOf = this.breakers.byUpstream();
    return [...new Set([...states.keys(), ...rows.keys()])].sort().flatMap((name) => {
      const row = rows.get(name);
      const state = states.get(name);
      // Taken away this moment: the process has not let go of it yet.
      if (!row && state?.spec.origin === 'admin') return [];
      const stored = row && state?.spec.origin !== 'file' ? this.stored.meaningOf(row) : undefined;
      return {
        state: state && stored ? asStored(state, stored.spec) : state,
        row,
        faults: stored?.faults ?? [],
        breakers: breakersOf(name),
      };
    });
  }
}

/** What was stored this moment is told as it is stored, though the process has not taken it up yet. */
function asStored(state: UpstreamState, spec: UpstreamSpec | undefined): UpstreamState | undefined {
  if (!spec) return undefined;
  if (!spec.enabled) return { ...state, spec, state: 'disabled' };
  return { ...state, spec, state: state.state === 'disabled' ? 'connecting' : state.state };
}

const nameOf = ({ state, row }: Known): string => state?.spec.name ?? row!.name;
