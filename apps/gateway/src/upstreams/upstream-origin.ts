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

/** Who stands behind an address: an operator's file, whoever may use the admin API, or nobody. */
export type Voucher = UpstreamSpec['origin'] | 'nobody';

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
    return { url: new URL(address), origin: this.openAt(spec, address, spec.origin, options) };
  }

  /** Its address as it was configured; undefined where it has none, or its variable is not set. */
  addressOf(spec: Exclude<UpstreamSpec, StdioUpstream>): string | undefined {
    return addressOf(spec, this.variable);
  }

  /**
   * As `open`, another address of the same upstream.
   * @param voucher who says that it may be called: the file, the admin API, or nobody, so that it must be public
   * @throws UpstreamAddressRefused
   */
  openAt(
    { name, connections }: Exclude<UpstreamSpec, StdioUpstream>,
    address: string,
    voucher: Voucher,
    options: OriginOptions = {},
  ): EgressOrigin {
    const terms: OriginOptions = {
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      headersTimeoutMs: 0,
      bodyTimeoutMs: 0,
      ...(connections !== undefined && { connections }),
      ...options,
    };
    try {
      return this.at(address, voucher, terms);
    } catch (error) {
      if (error instanceof AddressRefused) throw new UpstreamAddressRefused(name, error.reason);
      throw error;
    }
  }

  /** An address that has to do with an upstream, such as that of its authorisation server. @throws AddressRefused */
  at(address: string, voucher: Voucher, terms: OriginOptions): EgressOrigin {
    if (voucher === 'file') return this.egress.configured(address, terms);
    return this.egress.public(address, terms, voucher === 'admin' ? this.allowed : undefined);
  }
}
