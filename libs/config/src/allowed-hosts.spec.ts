import { describe, expect, it } from '@jest/globals';
import { parseAllowedHosts } from './allowed-hosts.js';

describe('parseAllowedHosts', () => {
  it('takes names, addresses and networks', () => {
    const { hosts, faults } = parseAllowedHosts(['Tools.Corp', 'localhost', '10.1.0.0/16', '192.168.0.7', 'fd00::/8']);
    expect(faults).toEqual([]);
    expect([...hosts.names]).toEqual(['tools.corp', 'localhost']);
    expect(['10.1.2.3', '10.2.0.1', '192.168.0.7', '192.168.0.8'].map((at) => hosts.networks.check(at))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(hosts.networks.check('fd12::1', 'ipv6')).toBe(true);
    expect(hosts.networks.check('::ffff:10.1.2.3', 'ipv6')).toBe(true);
  });

  it.each([
    '*',
    '*.corp',
    'http://a.corp',
    'a.corp:80',
    'a b',
    'a..b',
    '-a.corp',
    '127.1',
    '0x7f000001',
    '2130706433',
    'a.0x1',
    '[::1]',
    '10.0.0.0/33',
    '0.0.0.0/0',
    '::/0',
    'fe80::1%eth0',
    '10.0.0.0/8/8',
    'x'.repeat(64),
  ])('refuses %j', (entry) => {
    const { hosts, faults } = parseAllowedHosts([entry]);
    expect([hosts.names.size, faults.length]).toEqual([0, 1]);
    expect(faults[0]).toContain(JSON.stringify(entry));
  });
});
