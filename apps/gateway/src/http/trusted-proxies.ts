import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { parseNetworks } from '#config/networks.js';
import { splitList } from '#config/split-list.js';

/** Proxies are few: what was found of an address is remembered. */
const MOST_REMEMBERED = 1_000;

/** Whose X-Forwarded-For, -Proto and -Host are believed; nobody's when none are listed. */
export function trustedProxies(listed: string | undefined): ((address: string) => boolean) | false {
  const entries = splitList(listed);
  if (entries.length === 0) return false;
  const { networks } = parseNetworks(entries);
  const known = new Map<string, boolean>();
  return (address) => {
    let trusted = known.get(address);
    if (trusted === undefined) {
      const family = isIP(address);
      trusted = family !== 0 && networks.check(address, family === 4 ? 'ipv4' : 'ipv6');
      if (known.size >= MOST_REMEMBERED) known.clear();
      known.set(address, trusted);
    }
    return trusted;
  };
}

/** Where a request came from, as an address: what a trusted proxy says when it is one, else the other end of the socket. */
export function clientAddress(request: FastifyRequest): string {
  const said = request.ip;
  const address = isIP(said) ? said : (request.socket.remoteAddress ?? '');
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}
