import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { addressOf, isUpstreamVariable } from '#config/upstream-variables.js';
import type { UpstreamSpec } from '#config/upstreams-file.js';

/** Where upstreams are, as the operator wrote. */
@Injectable()
export class UpstreamAddresses {
  constructor(private readonly config: ConfigService<Config, true>) {}

  /** @returns undefined for a process, and for a document that says where by itself */
  of(spec: UpstreamSpec): string | undefined {
    if (spec.kind === 'stdio') return undefined;
    return addressOf(spec, (name) =>
      isUpstreamVariable(name) ? this.config.get<string | undefined>(name as keyof Config) : undefined,
    );
  }
}
