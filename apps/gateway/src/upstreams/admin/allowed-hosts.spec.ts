import { describe, expect, it } from '@jest/globals';
import { AllowedHosts } from './allowed-hosts.js';

const LIST = 'mcp.internal, 10.1.0.0/16, 192.168.7.7, fd00:7::/32, Tools.Corp.';

const refusal = (hosts: AllowedHosts, address: string): string | undefined => {
  try {
    hosts.check(address);
    return undefined;
  } catch (error) {
    return (error as { reason: string }).reason;
  }
};

describe('what an operator has listed', () => {
  it.each([
    'http://mcp.internal/mcp',
    'https://MCP.INTERNAL.:8443/mcp',
    'http://mcp。internal/',
    'http://tools.corp/',
    'http://10.1.2.3:25/',
    'http://167838211/',
    'http://0x0a.1.515/',
    'http://192.168.7.7/',
    'http://[fd00:7::1]:9/',
    'http://[::ffff:10.1.2.3]/',
  ])('%s may be called, whatever its spelling', (address) => {
    expect(refusal(new AllowedHosts(LIST), address)).toBeUndefined();
  });

  it.each([
    ['http://user@mcp.internal/', 'user name'],
    ['http://:secret@10.1.2.3/', 'user name'],
    ['ftp://mcp.internal/', 'neither https nor http'],
    ['file://mcp.internal/etc/passwd', 'neither https nor http'],
    ['http://x.mcp.internal/', 'not public'],
    ['http://mcp.internal.evil/', undefined],
    ['http://10.2.0.1/', 'not public'],
    ['http://192.168.7.8/', 'not public'],
    ['http://[::ffff:10.2.0.1]/', 'not public'],
    ['http://[fd00:8::1]/', 'not public'],
  ])('%s is judged like any other', (address, reason) => {
    const said = refusal(new AllowedHosts(LIST), address);
    if (reason === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(reason);
  });
});

it.each([undefined, '', ' , '])('the list %j lets nothing in', (list) => {
  expect(refusal(new AllowedHosts(list), 'http://127.0.0.1/')).toContain('not public');
  expect(refusal(new AllowedHosts(list), 'https://mcp.example.com/')).toBeUndefined();
});
