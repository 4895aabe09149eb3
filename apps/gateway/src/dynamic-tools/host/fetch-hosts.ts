import { isIP } from 'node:net';
import { AddressRefused } from '#egress/egress.errors.js';
import { publicUrl } from '#egress/public-url.js';
import { HostFault } from './host-fault.js';

const LONGEST_URL = 8_192;

/**
 * Whether entries of a tool's allow-list allow an address that is parsed already. An entry is a host, or `*.` and a
 * domain for every name below that domain, at any depth and without the domain itself. Without a port it is https at 443;
 * with one it is https or http, at that port only. A name that ends in a dot is another name.
 */
export function isAllowed({ protocol, hostname, port }: URL, entries: readonly string[]): boolean {
  const asked = port || (protocol === 'https:' ? '443' : '80');
  return entries.some((entry) => {
    const [, host, ofEntry] = /^([^:]+)(?::([0-9]+))?$/.exec(entry) ?? [];
    if (host === undefined) return false;
    if (ofEntry === undefined ? protocol !== 'https:' || asked !== '443' : Number(asked) !== Number(ofEntry))
      return false;
    return host.startsWith('*.')
      ? hostname.length >= host.length && hostname.endsWith(host.slice(1))
      : hostname === host;
  });
}

/**
 * The address that code wants, or that one leads to, read once: what is checked here is what is called.
 * @throws HostFault
 */
export function allowedUrl(given: unknown, entries: readonly string[]): URL {
  if (typeof given !== 'string' || given.length > LONGEST_URL || !URL.canParse(given)) {
    throw new HostFault('fetch: the first argument must be a URL');
  }
  const parsed = new URL(given);
  if (parsed.username !== '' || parsed.password !== '') refuse('it has a user name in it');
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0) refuse('hosts are called by name, not by address');
  let url: URL;
  try {
    url = publicUrl(given);
  } catch (error) {
    return refuse(reasonOf(error));
  }
  if (!isAllowed(url, entries)) refuse(`this tool was granted ${entries.join(', ')}, not ${shown(url)}`);
  return url;
}

/** What the egress rules say of an address, which is nothing of what its name resolves to. @throws what is no such refusal */
export function reasonOf(error: unknown): string {
  if (error instanceof AddressRefused) return error.reason;
  throw error;
}

function refuse(reason: string): never {
  throw new HostFault(`fetch: the address may not be called: ${reason}`);
}

/** Without a path, which is nobody's business in messages. */
const shown = ({ protocol, host }: URL): string => `${protocol}//${host.slice(0, 253)}`;
