import { isIP } from 'node:net';
import type { buildConnector } from 'undici';
import { type AllowedHosts, NO_HOSTS } from '#config/allowed-hosts.js';
import { AddressRefused } from './egress.errors.js';
import { isAllowedAddress } from './public-address.js';

/** Every address of a name, in the order in which they are tried. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** A name may have many addresses; a call does not wait for all of them to fail. */
const MOST_TRIED = 3;

/**
 * Connects to public addresses only. A name is resolved once, each of its addresses is checked, and the connection goes
 * to one of those that were: what the name says a moment later changes nothing. A name with one address that is not
 * public is not called at all.
 * @param allowed what may be called although it is not public
 */
export function publicConnector(
  resolve: Resolve,
  connect: buildConnector.connector,
  allowed: AllowedHosts = NO_HOSTS,
): buildConnector.connector {
  return (options, callback) => void dial(options, callback);

  async function dial(options: buildConnector.Options, callback: buildConnector.Callback): Promise<void> {
    let addresses: readonly string[];
    try {
      addresses = await addressesOf(options.hostname, resolve, allowed);
    } catch (error) {
      return callback(error as Error, null);
    }
    tryEach(addresses, options, connect, callback);
  }
}

async function addressesOf(host: string, resolve: Resolve, allowed: AllowedHosts): Promise<readonly string[]> {
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  const mayBeCalled = (address: string) =>
    (allowed.names.has(host) && isIP(address) !== 0) || isAllowedAddress(address, allowed.networks);
  if (addresses.length === 0 || !addresses.every(mayBeCalled)) throw new AddressRefused('it is not public');
  return addresses.slice(0, MOST_TRIED);
}

function tryEach(
  [address, ...others]: readonly string[],
  options: buildConnector.Options,
  connect: buildConnector.connector,
  callback: buildConnector.Callback,
): void {
  // A certificate is checked against the name, wherever the connection goes.
  const servername = options.servername ?? (isIP(options.hostname) === 0 ? options.hostname : undefined);
  connect({ ...options, hostname: address!, servername }, (...outcome) => {
    if (outcome[0] === null || others.length === 0) callback(...outcome);
    else tryEach(others, options, connect, callback);
  });
}
