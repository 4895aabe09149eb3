import { connect as connectTo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EgressClient, type EgressAnswer, type EgressRequest } from '#egress/egress-client.js';
import { PublicInternet } from '#egress/public-internet.js';
import { eventually } from '../support/embedded-stage.js';
import { OriginServer } from '../support/origin-server.js';

/** What names say now. */
let names: Record<string, readonly string[]>;
/** Name, address and protocol of each connection. */
let connections: [string, string][];
let resolutions: string[];
let server: OriginServer;
let egress: EgressClient;

/** An internet of one machine: every public address leads to it, without TLS. */
const internet = () =>
  new PublicInternet({
    resolve: (name) => {
      resolutions.push(name);
      return Promise.resolve(names[name] ?? []);
    },
    connect: ({ hostname, protocol }, callback) => {
      connections.push([protocol, hostname]);
      const socket = connectTo(server.port, '127.0.0.1', () => callback(null, socket));
      socket.on('error', (error) => callback(error, null));
    },
  });

beforeEach(async () => {
  server = await OriginServer.start();
  names = { 'a.example': ['8.8.8.8'], 'b.example': ['1.1.1.1'] };
  connections = [];
  resolutions = [];
  egress = new EgressClient(internet());
});
afterEach(async () => {
  await egress.close();
  await server[Symbol.asyncDispose]();
});

const call = (url: string, request: Partial<EgressRequest> = {}, maxRedirects = 5): Promise<EgressAnswer> =>
  egress.anywhere(url, { method: 'GET', maxBytes: 1_000, ...request }, { maxRedirects });

const redirect = (status: number, ...locations: string[]) => {
  server.answer = (response) => {
    const location = locations.shift();
    if (location === undefined) response.end('arrived');
    else response.writeHead(status, { location }).end();
  };
};

const refused = (reason: string) => ({ name: 'AddressRefused', reason });

describe('an address that anybody gave', () => {
  it('is called when it is public', async () => {
    const { status, body } = await call('https://a.example/path?query#hash', {
      headers: { HOST: 'localhost', 'x-a': '1' },
    });
    expect([status, body.toString()]).toEqual([200, 'hello']);
    expect(connections).toEqual([['https:', '8.8.8.8']]);
    expect(server.asked).toMatchObject([{ url: '/path?query', headers: { host: 'a.example', 'x-a': '1' } }]);
  });

  it.each(['http://127.0.0.1/', 'http://[::ffff:a9fe:a9fe]/', 'http://localhost/'])(
    'is not when it is %s',
    async (url) => {
      await expect(call(url)).rejects.toMatchObject(refused('it is not public'));
      expect([resolutions, connections]).toEqual([[], []]);
    },
  );

  it('is not when one of its addresses is not public', async () => {
    names['a.example'] = ['8.8.8.8', '169.254.169.254'];
    await expect(call('http://a.example/')).rejects.toMatchObject(refused('it is not public'));
    expect(connections).toEqual([]);
  });

  it('gains nothing by changing what its name says', async () => {
    await call('http://a.example/');
    names['a.example'] = ['127.0.0.1'];
    // Its connection is free a turn later. It was checked: the name is not asked again.
    await setImmediate();
    await call('http://a.example/');
    expect([resolutions.length, connections]).toEqual([1, [['http:', '8.8.8.8']]]);
    server.sockets[0]!.destroy();
    await eventually(() => expect(call('http://a.example/')).rejects.toMatchObject(refused('it is not public')));
    expect(connections).toHaveLength(1);
  });

  it('gains nothing by saying something else each time it is asked', async () => {
    let turn = 0;
    Object.defineProperty(names, 'a.example', { get: () => (turn++ % 2 === 0 ? ['8.8.8.8'] : ['10.0.0.1']) });
    await call('http://a.example/');
    expect([turn, connections]).toEqual([1, [['http:', '8.8.8.8']]]);
  });
});

describe('a redirect', () => {
  it('is followed, each time checked anew', async () => {
    redirect(302, '/second', 'https://b.example/third?x', '//a.example/fourth');
    const { body } = await call('http://a.example/first');
    expect(body.toString()).toBe('arrived');
    expect(server.asked.map(({ url, headers }) => `${headers.host}${url}`)).toEqual([
      'a.example/first',
      'a.example/second',
      'b.example/third?x',
      'a.example/fourth',
    ]);
  });

  it('is the answer when there were as many as may be', async () => {
    redirect(302, '/1', '/2', '/3');
    expect(await call('http://a.example/', {}, 2)).toMatchObject({ status: 302, headers: { location: '/3' } });
    expect(server.asked).toHaveLength(3);
    redirect(301, 'http://127.0.0.1/');
    expect((await call('http://a.example/', {}, 0)).status).toBe(301);
  });

  it.each([
    ['http://127.0.0.1/', 'it is not public'],
    ['http://[::1]:8080/', 'it is not public'],
    ['//0x7f.1/', 'it is not public'],
    ['http://localhost/', 'it is not public'],
    ['http://inside.example/', 'it is not public'],
    ['file:///etc/passwd', 'it is neither https nor http'],
    ['gopher://a.example/', 'it is neither https nor http'],
    ['http://u:p@b.example/', 'it has a user name in it'],
    ['http://b.example:6/', 'its port belongs to another protocol'],
    ['http://', 'it is not an address'],
  ])('to %s is refused', async (location, reason) => {
    names['inside.example'] = ['192.168.0.1'];
    redirect(307, location);
    await expect(call('http://a.example/')).rejects.toMatchObject(refused(reason));
    expect(server.asked).toHaveLength(1);
  });

  it('never leads from https to http', async () => {
    redirect(302, 'http://a.example/');
    await expect(call('https://a.example/')).rejects.toMatchObject(refused('it leads from https to http'));
  });

  it('takes credentials to nobody else', async () => {
    const headers = { Authorization: 'Bearer a', cookie: 'b', 'X-Api-Key': 'c', Accept: 'text/plain' };
    redirect(302, '/same', 'http://b.example/other', 'http://a.example/back');
    await call('http://a.example/', { headers });
    const told = server.asked.map(({ headers: sent }) => [
      sent.authorization,
      sent.cookie,
      sent['x-api-key'],
      sent.accept,
    ]);
    const all = ['Bearer a', 'b', 'c', 'text/plain'];
    const some = [undefined, undefined, undefined, 'text/plain'];
    expect(told).toEqual([all, all, some, some]);
  });

  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [303, 'DELETE', 'GET', ''],
    [301, 'PUT', 'PUT', 'body'],
    [307, 'POST', 'POST', 'body'],
    [308, 'PATCH', 'PATCH', 'body'],
  ] as const)('of status %d turns %s into %s', async (status, method, then, body) => {
    redirect(status, '/then');
    await call('http://a.example/', { method, body: 'body', headers: { 'content-type': 'text/plain' } });
    const [first, second] = server.asked;
    expect([first!.method, first!.body, second!.method, second!.body]).toEqual([method, 'body', then, body]);
    expect(second!.headers['content-type']).toBe(body === '' ? undefined : 'text/plain');
  });

  it('takes what is sent to nobody else', async () => {
    redirect(307, 'http://b.example/');
    const asked = call('http://a.example/', { method: 'POST', body: 'secret' });
    await expect(asked).rejects.toMatchObject(refused('it leads what is sent to another origin'));
    redirect(303, 'http://b.example/');
    await call('http://a.example/', { method: 'POST', body: 'secret' });
    expect(server.asked.map(({ method, body }) => [method, body])).toEqual([
      ['POST', 'secret'],
      ['POST', 'secret'],
      ['GET', ''],
    ]);
  });

  it.each([[300], [304], [200], [404]])('is not what an answer %d is', async (status) => {
    server.answer = (response) => response.writeHead(status, { location: 'http://127.0.0.1/' }).end();
    expect((await call('http://a.example/')).status).toBe(status);
  });

  it('without an address is an answer', async () => {
    server.answer = (response) => response.writeHead(302).end();
    expect((await call('http://a.example/')).status).toBe(302);
  });
});

it('nothing is called when it is closed', async () => {
  await egress.close();
  await expect(call('http://a.example/')).rejects.toThrow('closed');
});
