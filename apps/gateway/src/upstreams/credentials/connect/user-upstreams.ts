import { Injectable } from '@nestjs/common';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import { UpstreamRegistry } from '../../upstream-registry.js';
import { UpstreamAddresses } from '../upstream-addresses.js';
import { authOf } from './user-servers.js';

/** The upstreams that want to know their users. */
@Injectable()
export class UserUpstreams {
  constructor(
    private readonly registry: UpstreamRegistry,
    private readonly addresses: UpstreamAddresses,
  ) {}

  named(name: string): { readonly spec: UpstreamSpec; readonly address: string } | undefined {
    const spec = this.registry.find(name)?.spec;
    const address = spec && authOf(spec).kind === 'user' ? this.addresses.of(spec) : undefined;
    return address === undefined ? undefined : { spec: spec!, address };
  }
}
