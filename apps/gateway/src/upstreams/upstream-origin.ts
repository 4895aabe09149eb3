import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { type AllowedHosts, parseAllowedHosts } from '#config/allowed-hosts.js';
import type { Config } from '#config/env.js';
import { splitList } from '#config/split-list.js';
import { addressOf, isUpstreamVariable } from '#config/upstream-variables.js';
import type { StdioUpstream, UpstreamSpec } from '#config/upstreams-file.js';
import { EgressClient, type EgressOrigin, type OriginOptions } from '#egress/egress-client.js';
import { AddressRefused } from '#egress/egress.errors.js';
import { BackendUnavailable } from '#gateway/tools/tools.errors.js';
import { UpstreamAddressRefused } from './upstreams.errors.js';

const CONNECT_TIMEOUT_MS = 3_000;

/** Where a remote upstream is: its address, which may hold a secret in its query, and the way there. */
export interface UpstreamAddress {
  readonly url: URL;
  readonly origin: EgressOrigin;
}

/**
 * The way to an upstream. What the operator wrote into the file is called as written; what came over the admin API only
 * where it is public, or named in UPSTREAM_ALLOWED_HOSTS. Redirects are never followed.
 */
@Injectable()
export class UpstreamOrigins {
  private readonly allowed: AllowedHosts;
  private readonly variable: (name: string) => string | undefined;

  constructor(
    private readonly egress: EgressClient,
    @Inject(ConfigService) config: ConfigService<Config, true>,
  ) {
    this.allowed = parseAllowedHosts(splitList(config.get('UPSTREAM_ALLOWED_HOSTS', { infer: true }))).hosts;
    this.variable = (name) => (isUpstreamVariable(name) ? config.get(name as keyof Config) : undefined);
  }

  /**
   * A pool of its own, which whoever asked for it closes. Nothing is called yet. Each call has a time of its own, so
   * the origin has none unless told.
   * @throws UpstreamAddressRefused, BackendUnavailable where its address is not known
   */
  open(spec: Exclude<UpstreamSpec, StdioUpstream>, options: OriginOptions = {}): UpstreamAddress {
    const address = addressOf(spec, this.variable);
    if (address === undefined || !URL.canParse(address)) throw new BackendUnavailable(spec.name);
    const { connections } = spec;
    const terms: OriginOptions = {
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      headersTimeoutMs: 0,
      bodyTimeoutMs: 0,
      ...(connections !== undefined && { connections }),
      ...options,
    };
    try {
      const origin =
        spec.origin === 'file'
          ? this.egress.configured(address, terms)
          : this.egress.public(address, terms, this.allowed);
      return { url: new URL(address), origin };
    } catch (error) {
      if (error instanceof AddressRefused) throw new UpstreamAddressRefused(spec.name, error.reason);
      throw error;
    }
  }
}
