import { BlockList, isIP } from 'node:net';

/** Addresses and networks (CIDR) as a list to ask, and what is wrong with those that are none. */
export function parseNetworks(entries: readonly string[]): { networks: BlockList; faults: string[] } {
  const networks = new BlockList();
  const faults: string[] = [];
  for (const entry of entries) {
    const [address, prefix, ...more] = entry.split('/') as [string, ...string[]];
    const family = address.includes('%') ? 0 : isIP(address);
    const bits = family === 4 ? 32 : 128;
    if (family === 0 || more.length > 0) {
      faults.push(`${JSON.stringify(entry)} is neither an address nor a network such as 10.0.0.0/8`);
    } else if (prefix !== undefined && (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits)) {
      faults.push(`${JSON.stringify(entry)} must end in a number of bits up to ${bits}`);
    } else if (prefix !== undefined && Number(prefix) === 0) {
      faults.push(`${JSON.stringify(entry)} is everybody`);
    } else {
      networks.addSubnet(address, prefix === undefined ? bits : Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
    }
  }
  return { networks, faults };
}
