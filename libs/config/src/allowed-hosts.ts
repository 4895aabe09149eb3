import { BlockList, isIP } from 'node:net';
import { parseNetworks } from './networks.js';

/** Hosts that may be called although they are not public. */
export interface AllowedHosts {
  /** In lower case. Such a name may mean any address. */
  readonly names: ReadonlySet<string>;
  readonly networks: BlockList;
}

const NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/** What could be meant as an address, and be called as another one: `127.1`, `0x7f000001`. */
const LIKE_AN_ADDRESS = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/;

/** Names, addresses and networks (CIDR), and what is wrong with those that are none. */
export function parseAllowedHosts(entries: readonly string[]): { hosts: AllowedHosts; faults: string[] } {
  const isNetwork = (entry: string) => entry.includes('/') || isIP(entry) !== 0;
  const { networks, faults } = parseNetworks(entries.filter(isNetwork));
  const names = new Set<string>();
  for (const entry of entries.filter((other) => !isNetwork(other))) {
    const name = entry.toLowerCase();
    if (NAME.test(name) && !LIKE_AN_ADDRESS.test(name)) names.add(name);
    else faults.push(`${JSON.stringify(entry)} is neither a host, nor an address, nor a network such as 10.0.0.0/8`);
  }
  return { hosts: { names, networks }, faults };
}

export const NO_HOSTS: AllowedHosts = { names: new Set(), networks: new BlockList() };
