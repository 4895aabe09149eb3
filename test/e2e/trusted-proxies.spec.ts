import { describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import { parseConfig } from '#config/load-config.js';
import { serverOptions } from '#gateway/http/server-options.js';
import { clientAddress } from '#gateway/http/trusted-proxies.js';

/** What a gateway with these proxies believes of a request that comes from 127.0.0.1. */
async function believed(proxies: string | undefined, headers: Record<string, string>) {
  const app = fastify(serverOptions(parseConfig({ TRUSTED_PROXIES: proxies, LOG_LEVEL: 'silent' })));
  app.get('/', (request) => [clientAddress(request), request.protocol, request.host]);
  try {
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const [address, protocol, host] = (await (await fetch(url, { headers })).json()) as [string, string, string];
    return { address, protocol, host: host.replace(/127\.0\.0\.1:\d+/, 'own') };
  } finally {
    await app.close();
  }
}

const OWN = { address: '127.0.0.1', protocol: 'http', host: 'own' };
const FORWARDED = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'api.test' };
const TOLD = { address: '203.0.113.7', protocol: 'https', host: 'api.test' };

describe('what a proxy says', () => {
  it.each([
    ['when nobody is trusted', undefined],
    ['when others are trusted', '10.0.0.0/8'],
    ['when a neighbour is trusted', '127.0.0.2'],
    ['when its IPv6 name is not the one', '::1'],
  ])('is not believed %s', async (_what, proxies) => expect(await believed(proxies, FORWARDED)).toEqual(OWN));

  it.each(['127.0.0.1', '127.0.0.0/8', '10.0.0.0/8, 127.0.0.1', '127.0.0.1/32', '10.0.0.1 127.0.0.0/30'])(
    'is believed when %s is trusted',
    async (proxies) => expect(await believed(proxies, FORWARDED)).toEqual(TOLD),
  );

  it.each([
    ['what the client wrote before it', '1.1.1.1, 203.0.113.7', '203.0.113.7'],
    ['a trusted address that the client claims', '127.0.0.1, 203.0.113.7', '203.0.113.7'],
    ['the client’s place behind two proxies', '203.0.113.7, 10.0.0.9', '203.0.113.7'],
    ['a mapped address', '::ffff:203.0.113.7', '203.0.113.7'],
    ['IPv6', '2001:db8::7', '2001:db8::7'],
    ['a mapped proxy in between', '203.0.113.7, ::ffff:10.0.0.9', '203.0.113.7'],
    ['what is no address', 'unknown', '127.0.0.1'],
    ['an address with a port', '203.0.113.7:4711', '127.0.0.1'],
    ['markup', '<script>', '127.0.0.1'],
    ['something before what is no address', '203.0.113.7, unknown', '127.0.0.1'],
    ['nothing', '', '127.0.0.1'],
  ])('of the client: %s', async (_what, forwarded, address) => {
    expect(await believed('127.0.0.1, 10.0.0.0/8', { 'x-forwarded-for': forwarded })).toMatchObject({ address });
  });

  it('is nothing in other headers', async () => {
    const headers = { forwarded: 'for=1.1.1.1;proto=https', 'x-real-ip': '1.1.1.1', 'true-client-ip': '1.1.1.1' };
    expect(await believed('127.0.0.1', headers)).toEqual(OWN);
  });
});

describe('a list that cannot be meant stops the start', () => {
  it.each([
    ['TRUSTED_PROXIES', 'proxy.internal', 'neither an address'],
    ['TRUSTED_PROXIES', '10.0.0.0/33', 'bits up to 32'],
    ['TRUSTED_PROXIES', '10.0.0.0/-1', 'bits up to 32'],
    ['TRUSTED_PROXIES', '10.0.0.0/8/8', 'neither an address'],
    ['TRUSTED_PROXIES', '10.0.0', 'neither an address'],
    ['TRUSTED_PROXIES', '010.0.0.1', 'neither an address'],
    ['TRUSTED_PROXIES', 'fe80::1%eth0', 'neither an address'],
    ['TRUSTED_PROXIES', '2001:db8::/129', 'bits up to 128'],
    ['TRUSTED_PROXIES', '0.0.0.0/0', 'is everybody'],
    ['TRUSTED_PROXIES', '::/0', 'is everybody'],
    ['TRUSTED_PROXIES', '*', 'neither an address'],
    ['CORS_ORIGINS', '*', 'open the gateway to every page'],
    ['CORS_ORIGINS', 'null', 'not an origin'],
    ['CORS_ORIGINS', 'https://a.test/', 'write https://a.test'],
    ['CORS_ORIGINS', 'https://a.test/path', 'write https://a.test'],
    ['CORS_ORIGINS', 'https://a.test:443', 'write https://a.test'],
    ['CORS_ORIGINS', 'HTTPS://A.test', 'write https://a.test'],
    ['CORS_ORIGINS', 'https://u:p@a.test', 'write https://a.test'],
    ['CORS_ORIGINS', 'https://*.a.test', 'not an origin'],
    ['CORS_ORIGINS', 'a.test', 'not an origin'],
    ['CORS_ORIGINS', 'file:///a', 'not an origin'],
    ['CORS_ORIGINS', 'javascript:alert(1)', 'not an origin'],
  ])('%s=%s', (name, value, fault) => {
    expect(() => parseConfig({ [name]: `${value}` })).toThrow(fault);
  });
});
