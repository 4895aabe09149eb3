import { once } from 'node:events';
import { connect as connectTo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EgressClient } from '#egress/egress-client.js';
import { PublicInternet } from '#egress/public-internet.js';
import { fetchHost } from '#gateway/dynamic-tools/host/fetch.host.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import { OriginServer } from '../support/origin-server.js';

interface Fetched {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

let names: Record<string, readonly string[]>;
/** What connections went to. */
let dialled: string[];
let server: OriginServer;
let egress: EgressClient;

beforeEach(async () => {
  server = await OriginServer.start();
  names = { 'api.example': ['8.8.8.8'], 'a.wild.example': ['1.1.1.1'], 'evil.example': ['9.9.9.9'] };
  dialled = [];
  // An internet of one machine: every public address leads to it, without TLS.
  const internet = new PublicInternet({
    resolve: (name) => {
      const addresses = names[name];
      return addresses ? Promise.resolve(addresses) : Promise.reject(new Error(`getaddrinfo ENOTFOUND ${name}`));
    },
    connect: ({ hostname }, callback) => {
      dialled.push(hostname);
      const socket = connectTo(server.port, '127.0.0.1', () => callback(null, socket));
      socket.on('error', (error) => callback(error, null));
    },
  });
  egress = new EgressClient(internet);
});
afterEach(async () => {
  await egress.close();
  await server[Symbol.asyncDispose]();
});

function code({ ms = 30_000, signal = new AbortController().signal } = {}) {
  const call = { signal, deadline: performance.now() + ms } as ToolCall;
  const host = fetchHost(egress, ['api.example', '*.wild.example', 'slow.example'], call);
  return (...args: unknown[]) => host(args, new AbortController().signal) as Promise<Fetched>;
}

const redirect = (status: number, ...locations: string[]) => {
  server.answer = (response) => {
    const location = locations.shift();
    if (location === undefined) response.end('arrived');
    else response.writeHead(status, { location }).end();
  };
};

describe('fetch of a sandbox', () => {
  it('gives status, headers and text, whatever the status', async () => {
    server.answer = (response) => {
      response.writeHead(404, { 'X-Odd': ['a', 'b'], 'content-type': 'text/plain' }).end('nö\ud83d\ude00');
    };
    const { status, headers, body } = await code()('https://api.example/x?y');
    expect([status, body]).toEqual([404, 'nö😀']);
    expect(headers).toMatchObject({ 'x-odd': 'a, b', 'content-type': 'text/plain' });
    expect(server.asked).toMatchObject([{ method: 'GET', url: '/x?y' }]);
  });

  it('sends what it is given, and nothing of the gateway', async () => {
    const options = { method: 'POST', headers: { 'X-Api-Key': 'k', Accept: 'text/csv' }, body: '{"ä":1}' };
    await code()('https://a.wild.example/', options);
    const [{ method, body, headers }] = server.asked as [(typeof server.asked)[0]];
    expect([method, body]).toEqual(['POST', '{"ä":1}']);
    expect(Object.keys(headers).toSorted()).toEqual(
      ['accept', 'accept-encoding', 'connection', 'content-length', 'host', 'user-agent', 'x-api-key'].toSorted(),
    );
    expect(headers).toMatchObject({ host: 'a.wild.example', accept: 'text/csv', 'accept-encoding': 'identity' });
  });

  it.each(['HEAD', 'PUT', 'PATCH', 'DELETE'])('does %s', async (method) => {
    server.answer = (response) =>
      response.writeHead(200, { 'content-length': method === 'HEAD' ? 5_000_000 : 0 }).end();
    expect((await code()('https://api.example/', { method })).status).toBe(200);
    expect(server.asked[0]!.method).toBe(method);
  });

  it.each([
    ['the name is unknown', 'https://slow.example/', undefined],
    ['the name leads inside', 'https://slow.example/', ['10.0.0.1']],
    ['the name leads inside, too', 'https://slow.example/', ['8.8.8.8', '169.254.169.254']],
    ['the name leads to this machine', 'https://slow.example/', ['127.0.0.1']],
  ])('says the same when %s', async (_what, url, addresses) => {
    if (addresses) names['slow.example'] = addresses;
    await expect(code()(url)).rejects.toThrow(/^fetch: slow\.example could not be reached$/);
    expect([dialled, server.asked]).toEqual([[], []]);
  });

  it('says the same when nobody answers there', async () => {
    server.answer = (response) => response.destroy();
    await expect(code()('https://api.example/')).rejects.toThrow(/^fetch: api\.example could not be reached$/);
  });

  it('takes no more than a megabyte, however it comes', async () => {
    server.answer = (response) => response.end(Buffer.alloc(1_000_000, 'x'));
    expect((await code()('https://api.example/')).body).toHaveLength(1_000_000);
    for (const declared of [true, false]) {
      server.answer = (response) => {
        if (declared) response.setHeader('content-length', 1_000_001);
        response.write(Buffer.alloc(1_000_000, 'x'));
        response.end('x');
      };
      await expect(code()('https://api.example/')).rejects.toThrow('answers with more than 1000000 bytes');
    }
  });

  it('says when it cannot read the answer', async () => {
    server.answer = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
    await expect(code()('https://api.example/')).rejects.toThrow('encoded (gzip)');
  });

  it('sends eight at once and a hundred in all', async () => {
    let running = 0;
    let most = 0;
    server.answer = (response) => {
      most = Math.max(most, ++running);
      setTimeout(() => {
        running--;
        response.end('x');
      }, 5);
    };
    const call = code();
    const outcomes = await Promise.allSettled(Array.from({ length: 101 }, () => call('https://api.example/')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(100);
    expect(outcomes.at(-1)).toMatchObject({ reason: { message: 'fetch: at most 100 times in one call' } });
    expect(most).toBe(8);
  });

  it('ends with the call, and takes its connection along', async () => {
    const ending = new AbortController();
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    server.answer = () => resolve();
    const fetched = code({ signal: ending.signal })('https://api.example/');
    await asked;
    const closed = once(server.sockets[0]!, 'close');
    ending.abort();
    await expect(fetched).rejects.toThrow('fetch: the call is over');
    await closed;
  });
});

describe('a redirect', () => {
  it('is followed to what was granted', async () => {
    redirect(302, '/second', 'https://a.wild.example/third', '//api.example/fourth');
    expect((await code()('https://api.example/first')).body).toBe('arrived');
    expect(server.asked.map(({ url, headers }) => `${headers.host}${url}`)).toEqual([
      'api.example/first',
      'api.example/second',
      'a.wild.example/third',
      'api.example/fourth',
    ]);
  });

  it.each([
    ['https://evil.example/', 'not https://evil.example'],
    ['//evil.example/', 'not https://evil.example'],
    ['https://api.example:8443/', 'not https://api.example:8443'],
    ['https://api.example.evil.example/', 'not https://api.example.evil.example'],
    ['http://api.example/', 'https to http'],
    ['https://127.0.0.1/', 'not public'],
    ['https://[::1]/', 'not public'],
    ['https://8.8.4.4/', 'by name'],
    ['https://localhost/', 'not public'],
    ['https://u:p@a.wild.example/', 'user name'],
    ['file:///etc/passwd', 'neither https nor http'],
  ])('to %s is not', async (location, why) => {
    redirect(302, location);
    await expect(code()('https://api.example/')).rejects.toThrow(why);
    expect([dialled, server.asked.length]).toEqual([['8.8.8.8'], 1]);
  });

  it('takes credentials and bodies to nobody else', async () => {
    redirect(302, 'https://a.wild.example/');
    await code()('https://api.example/', { headers: { authorization: 'Bearer t', 'x-api-key': 'k' } });
    expect(server.asked[1]!.headers).not.toHaveProperty('authorization');
    expect(server.asked[1]!.headers).not.toHaveProperty('x-api-key');
    redirect(307, 'https://a.wild.example/');
    const posted = code()('https://api.example/', { method: 'POST', body: 'secret' });
    await expect(posted).rejects.toThrow('leads what is sent to another origin');
  });

  it('is one of five at most', async () => {
    redirect(302, ...Array.from({ length: 6 }, (_, i) => `/${i}`));
    await expect(code()('https://api.example/')).rejects.toThrow('more than 5 times');
    expect(server.asked).toHaveLength(6);
  });

  it('of a HEAD stays one', async () => {
    redirect(303, '/second');
    await code()('https://api.example/', { method: 'HEAD' });
    expect(server.asked.map(({ method }) => method)).toEqual(['HEAD', 'HEAD']);
  });
});
