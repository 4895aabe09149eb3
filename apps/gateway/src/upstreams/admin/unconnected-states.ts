import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { upstreamVariablesOf } from '#config/upstream-variables.js';
import { readUpstreams } from '#config/upstreams-file.js';
import { type UpstreamState, UpstreamStates } from './upstream-states.js';

@Injectable()
export class UnconnectedStates extends UpstreamStates {
  constructor(private readonly config: ConfigService<Config, true>) {
    super();
  }

  all(): readonly UpstreamState[] {
    const { upstreams } = readUpstreams(this.config.get('UPSTREAMS_FILE', { infer: true }), upstreamVariablesOf({}));
    return upstreams.map((spec) => ({ spec, state: 'connecting', offered: 0, withheld: [], connection: {} }));
  }

  refresh(): Promise<void> {
    return Promise.resolve();
  }
}
