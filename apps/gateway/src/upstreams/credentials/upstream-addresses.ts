import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Variables } from '#config/backend-variables.js';
import type { Config } from '#config/env.js';
import { addressOf, upstreamVariables } from '#config/upstream-variables.js';
import type { UpstreamSpec } from '#config/upstreams-file.js';

/** Where upstreams are, as the operator wrote. */
@Injectable()
export class UpstreamAddresses {
  private readonly variable: Variables;

  constructor(config: ConfigService<Config, true>) {
    this.variable = upstreamVariables((name) => config.get(name as keyof Config));
  }

  /** @returns undefined for a process, and for a document that says where by itself */
  of(spec: UpstreamSpec): string | undefined {
    return spec.kind === 'stdio' ? undefined : addressOf(spec, this.variable);
  }
}
