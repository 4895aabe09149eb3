import { isIP } from 'node:net';
import { parseNetworks } from '#config/networks.js';
import { splitList } from '#config/split-list.js';
import { AddressRefused } from '#egress/egress.errors.js';
import { publicUrl } from '#egress/public-url.js';

/** Which addresses somebody who is no operator may write: public ones, and what UPSTREAM_ALLOWED_HOSTS says. */
export class AllowedHosts {
  private readonly names: ReadonlySet<string>;
  private readonly networks: ReturnType<typeof parseNetworks>['networks'];

  /** @param list UPSTREAM_ALLOWED_HOSTS */
  constructor(list: string | undefined) {
    const entries = splitList(list);
    const isNetwork = (entry: string) => isIP(entry.split('/')[0]!) !== 0;
    this.names = new Set(entries.filter((entry) => !isNetwork(entry)).map(plainName));
    this.networks = parseNetworks(entries.filter(isNetwork)).networks;
  }

  /**
   * What the address says is judged here, whatever its spelling; what its name resolves to is judged when it is called.
   * @throws AddressRefused
   */
  check(given: string): void {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (url && this.has(url.hostname)) {
      if (url.protocol !== 'https:' && url.protocol !== 'http:')
        throw new AddressRefused('it is neither https nor http');
      if (url.username !== '' || url.password !== '') throw new AddressRefused('it has a user name in it');
      return;
    }
    publicUrl(given);
  }

  private has(hostname: string): boolean {
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const family = isIP(host);
    return family === 0 ? this.names.has(plainName(host)) : this.networks.check(host, family === 4 ? 'ipv4' : 'ipv6');
  }
}

const plainName = (name: string) => name.toLowerCase().replace(/\.$/, '');
