import { isIP } from 'node:net';
import { type AllowedHosts, NO_HOSTS } from '#config/allowed-hosts.js';
import { AddressRefused } from './egress.errors.js';
import { isAllowedAddress } from './public-address.js';

/** What stands for machines of one's own, whatever it resolves to (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`). */
const OWN_NAMES =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa|test|invalid|onion)$/;

/** Below this, apart from those of HTTP, are the ports of other protocols: mail, shells, directories. */
const FIRST_PORT = 1024;

/**
 * An address that a stranger gave, read once: what is checked here is what is called. IPv4 in octal, in hex, short, as
 * one number or in full-width digits, names in other spellings: the parser has made them plain by then.
 * @param allowed what may be called although it is not public
 * @throws AddressRefused
 */
export function publicUrl(given: string, base?: URL, allowed: AllowedHosts = NO_HOSTS): URL {
  const url = URL.canParse(given, base) ? new URL(given, base) : undefined;
  if (!url) throw new AddressRefused('it is not an address');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new AddressRefused('it is neither https nor http');
  if (url.username !== '' || url.password !== '') throw new AddressRefused('it has a user name in it');
  const port = Number(url.port);
  if (url.port !== '' && port !== 80 && port !== 443 && port < FIRST_PORT) {
    throw new AddressRefused('its port belongs to another protocol');
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isRefused =
    isIP(host) === 0 ? isOwnName(host) && !allowed.names.has(host) : !isAllowedAddress(host, allowed.networks);
  if (isRefused) throw new AddressRefused('it is not public');
  url.hash = '';
  return url;
}

/** A name without a dot is a machine nearby. */
function isOwnName(host: string): boolean {
  const name = host.replace(/\.$/, '');
  return !name.includes('.') || OWN_NAMES.test(name);
}
