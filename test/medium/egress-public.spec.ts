import { connect as connectTo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseAllowedHosts } from '#config/allowed-hosts.js';
import { EgressClient, type EgressRequest } from '#egress/egress-client.js';
import { PublicInternet } from '#egress/public-internet.js';
import { OriginServer } from '../support/origin-server.js';

const GET: EgressRequest = { method: 'GET', path: '/', maxBytes: 1_000 };

let names: Record<string, readonly string[]>;
let connections: string[];
let server: OriginServer;
let egress: EgressClient;

/** An internet of one machine: every address leads to it, without TLS. */
beforeEach(async () => {
  server = await OriginServer.start();
  names = { 'a.example': ['8.8.8.8'] };
  connections = [];
  egress = new EgressClient(
    new PublicInternet({
      resolve: (name) => Promise.resolve(names[name] ?? []),
      connect: ({ hostname }, callback) => {
        connections.push(hostname);
        const socket = connectTo(server.port, '127.0.0.1', () => callback(null, socket));
        socket.on('error', (error) => callback(error, null));
      },
    }),
  );
});
afterEach(async () => {
  await egress.close();
  await server[Symbol.asyncDispose]();
});

const allow = (...entries: string[]) => parseAllowedHosts(entries).hosts;
const refused = { name: 'AddressRefused', reason: 'it is not public' };

describe('a public origin', () => {
  it('is called over connections that are kept', async () => {
    const origin = egress.public('https://a.example/ignored', { connections: 1 });
    for (let i = 0; i < 3; i++) await origin.request({ ...GET, path: `/${i}` });
    expect(connections).toEqual(['8.8.8.8']);
    expect(server.asked.map(({ url }) => url)).toEqual(['/0', '/1', '/2']);
  });

  it.each(['http://127.0.0.1/', 'http://0x7f.1/', 'http://[::ffff:10.0.0.1]/', 'http://localhost/', 'http://db/'])(
    'is never %s',
    (url) => expect(() => egress.public(url)).toThrow(expect.objectContaining(refused)),
  );

  it.each([['10.0.0.1'], ['::1'], ['169.254.169.254'], ['::ffff:127.0.0.1'], ['fd00::1']])(
    'is not called where its name means %s',
    async (address) => {
      names['a.example'] = ['8.8.8.8', address];
      await expect(egress.public('http://a.example/').request(GET)).rejects.toMatchObject(refused);
      expect(connections).toEqual([]);
    },
  );

  it('leads nowhere else', async () => {
    server.answer = (response) => response.writeHead(307, { location: 'http://127.0.0.1/' }).end();
    expect((await egress.public('http://a.example/').request(GET)).status).toBe(307);
    expect(server.asked).toHaveLength(1);
  });
});

describe('what is allowed beside', () => {
  it.each([
    ['a name, whatever it means', 'http://tools.corp:8080/', 'tools.corp', '10.1.2.3'],
    ['a name in capitals', 'http://TOOLS.corp/', 'Tools.Corp', '127.0.0.1'],
    ['localhost', 'http://localhost:8080/', 'localhost', '127.0.0.1'],
    ['an address', 'http://10.1.2.3/', '10.1.2.3', '10.1.2.3'],
    ['an address in another spelling', 'http://0x0a.0x010203/', '10.1.2.3', '10.1.2.3'],
    ['a network', 'http://10.1.2.3/', '10.0.0.0/8', '10.1.2.3'],
    ['a network that a name leads to', 'http://a.example/', '10.0.0.0/8', '10.1.2.3'],
    ['an address of IPv6', 'http://[fd00::1]/', 'fd00::/8', 'fd00::1'],
  ])('is %s', async (_case, url, allowed, address) => {
    names['tools.corp'] = names['localhost'] = names['a.example'] = [address];
    const origin = egress.public(url, {}, allow(allowed));
    expect((await origin.request(GET)).body.toString()).toBe('hello');
    expect(connections).toEqual([address]);
  });

  it.each([
    ['another name', 'http://other.corp/', 'tools.corp'],
    ['a name below', 'http://a.tools.corp/', 'tools.corp'],
    ['a name with a dot behind', 'http://tools.corp./', 'tools.corp'],
    ['its address', 'http://10.1.2.3/', 'tools.corp'],
    ['another network', 'http://10.1.2.3/', '10.2.0.0/16'],
    ['a name of a machine nearby in an allowed network', 'http://tools.corp/', '10.0.0.0/8'],
  ])('is not %s', (_case, url, allowed) => {
    names['tools.corp'] = ['10.1.2.3'];
    expect(() => egress.public(url, {}, allow(allowed))).toThrow(expect.objectContaining(refused));
  });

  it('is not what a public name leads to beside it', async () => {
    names['a.example'] = ['10.1.2.3', '10.9.0.1'];
    const origin = egress.public('http://a.example/', {}, allow('10.1.0.0/16'));
    await expect(origin.request(GET)).rejects.toMatchObject(refused);
    expect(connections).toEqual([]);
  });
});
