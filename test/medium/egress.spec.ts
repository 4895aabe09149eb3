import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EgressClient, type EgressOrigin, type EgressRequest } from '#egress/egress-client.js';
import { withRequest } from '#observability/request-context.js';
import { eventually } from '../support/embedded-stage.js';
import { OriginServer } from '../support/origin-server.js';

const GET: EgressRequest = { method: 'GET', path: '/', maxBytes: 1_000 };
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

let server: OriginServer;
let egress: EgressClient;
let origin: EgressOrigin;

beforeEach(async () => {
  server = await OriginServer.start();
  egress = new EgressClient();
  origin = egress.configured(`${server.url}/ignored?too`);
});
afterEach(async () => {
  await egress.close();
  await server[Symbol.asyncDispose]();
});

const never = () => undefined;
const lastClosed = () => eventually(() => expect(server.sockets.at(-1)!.destroyed).toBe(true));

describe('a configured origin', () => {
  it('is not called before somebody calls it', async () => {
    await origin.ready();
    expect(server.sockets).toHaveLength(0);
  });

  it('is asked as the request says', async () => {
    const answer = await origin.request({
      method: 'PUT',
      path: '/a%20b?c=d',
      headers: { 'x-one': '1' },
      body: Buffer.from('données'),
      maxBytes: 5,
    });
    expect([answer.status, answer.body.toString()]).toEqual([200, 'hello']);
    const [{ method, url, headers, body }] = server.asked as [(typeof server.asked)[0]];
    expect([method, url, headers['x-one'], body]).toEqual(['PUT', '/a%20b?c=d', '1', 'données']);
    expect(headers).not.toHaveProperty('traceparent');
  });

  it('is told for which request', async () => {
    await new Promise<void>((resolve, reject) => {
      const context = { requestId: 'r-1', traceId: TRACE_ID, traceState: 'a=b', startedAt: 0 };
      withRequest(context, () => void origin.request(GET).then(() => resolve(), reject));
    });
    const { headers } = server.asked[0]!;
    expect([headers['x-request-id'], headers['tracestate']]).toEqual(['r-1', 'a=b']);
    expect(headers['traceparent']).toContain(TRACE_ID);
  });

  it('keeps its connection, and opens no more than it may', async () => {
    const one = egress.configured(server.url, { connections: 1 });
    for (let i = 0; i < 3; i++) await one.request(GET);
    expect(server.sockets).toHaveLength(1);
    const two = egress.configured(server.url, { connections: 2 });
    await Promise.all(Array.from({ length: 9 }, () => two.request(GET)));
    expect(server.sockets).toHaveLength(3);
  });

  it.each([204, 301, 307, 404, 500])('answers %d as it is', async (status) => {
    server.answer = (response) => response.writeHead(status, { location: `${server.url}/other` }).end();
    const answer = await origin.request(GET);
    expect([answer.status, answer.headers['location'], answer.body.length]).toEqual([status, `${server.url}/other`, 0]);
    expect(server.asked).toHaveLength(1);
  });

  it('waits for the answer behind what is only said on the way', async () => {
    server.answer = (response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.end('in the end');
    };
    expect((await origin.request(GET)).body.toString()).toBe('in the end');
  });

  it('puts an answer of many pieces together', async () => {
    const pieces = Array.from({ length: 40 }, (_, i) => `${i}-`.repeat(4_000));
    const send = (response: ServerResponse, i = 0) =>
      i === pieces.length ? void response.end() : void response.write(pieces[i], () => send(response, i + 1));
    server.answer = (response) => send(response);
    const { body } = await origin.request({ ...GET, maxBytes: 1_000_000 });
    expect(body.toString()).toBe(pieces.join(''));
  });

  it.each([
    ['that says so', { 'content-length': '11' }],
    ['that does not', {}],
  ])('does not take an answer that is too long, %s', async (_case, headers) => {
    server.answer = (response) => {
      response.writeHead(418, headers);
      response.write('0123456789');
      response.write('0');
    };
    const asked = origin.request({ ...GET, maxBytes: 10 });
    await expect(asked).rejects.toMatchObject({ name: 'AnswerTooLarge', status: 418, maxBytes: 10 });
    await lastClosed();
  });

  it('takes one that is just as long', async () => {
    server.answer = (response) => response.end('0123456789');
    expect((await origin.request({ ...GET, maxBytes: 10 })).body.toString()).toBe('0123456789');
  });
});

describe('a call that is given up', () => {
  it('is not made at all when it was before', async () => {
    await expect(origin.request({ ...GET, signal: AbortSignal.abort(new Error('left')) })).rejects.toThrow('left');
    expect(server.sockets).toHaveLength(0);
  });

  it.each([
    ['before the answer', never],
    ['in the middle of it', (response: { write(text: string): unknown }) => response.write('some')],
  ])('ends at once %s, and its connection with it', async (_case, answer) => {
    server.answer = answer;
    const leaving = new AbortController();
    const asked = origin.request({ ...GET, signal: leaving.signal });
    await eventually(() => expect(server.asked).toHaveLength(1));
    leaving.abort(new Error('left'));
    await expect(asked).rejects.toThrow('left');
    await lastClosed();
    server.answer = (response) => response.end('back');
    expect((await origin.request(GET)).body.toString()).toBe('back');
  });

  it('is never sent when it still waits for a connection', async () => {
    const narrow = egress.configured(server.url, { connections: 1 });
    let release: () => unknown = never;
    server.answer = (response) => (release = () => response.end());
    const first = narrow.request(GET);
    await eventually(() => expect(server.asked).toHaveLength(1));
    const leaving = new AbortController();
    const second = narrow.request({ ...GET, path: '/second', signal: leaving.signal });
    leaving.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    release();
    await first;
    server.answer = (response) => response.end();
    await narrow.request({ ...GET, path: '/third' });
    expect(server.asked.map(({ url }) => url)).toEqual(['/', '/third']);
  });

  it('leaves nothing behind at a signal of many calls', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: unknown[]) => {
      listeners++;
      Reflect.apply(addEventListener, signal, args);
    };
    signal.removeEventListener = (...args: unknown[]) => {
      listeners--;
      Reflect.apply(removeEventListener, signal, args);
    };
    await Promise.all([origin.request({ ...GET, signal }), origin.request({ ...GET, signal })]);
    expect(listeners).toBe(0);
  });
});

describe('what goes wrong', () => {
  it('is told by its code', async () => {
    const away = await OriginServer.start();
    await away[Symbol.asyncDispose]();
    await expect(egress.configured(away.url).request(GET)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    server.answer = (response) => response.destroy();
    await expect(origin.request(GET)).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    await expect(origin.request({ ...GET, path: 'no-slash' })).rejects.toMatchObject({ code: 'UND_ERR_INVALID_ARG' });
    await expect(origin.request({ ...GET, headers: { a: 'b\r\nc: d' } })).rejects.toMatchObject({
      code: 'UND_ERR_INVALID_ARG',
    });
  });

  it('includes an answer that breaks off', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('12345', () => response.destroy());
    };
    await expect(origin.request(GET)).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
  });

  it('includes an answer that does not begin, or does not go on', async () => {
    const hasty = egress.configured(server.url, { headersTimeoutMs: 50, bodyTimeoutMs: 50 });
    server.answer = never;
    await expect(hasty.request(GET)).rejects.toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT' });
    server.answer = (response) => response.write('some');
    await expect(hasty.request(GET)).rejects.toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT' });
  });
});

describe('closing', () => {
  it('an origin lets calls under way end, and takes no more', async () => {
    let release: () => unknown = never;
    server.answer = (response) => (release = () => response.end('late'));
    const asked = origin.request(GET);
    await eventually(() => expect(server.asked).toHaveLength(1));
    const closing = origin.close();
    await expect(origin.request(GET)).rejects.toThrow();
    release();
    expect((await asked).body.toString()).toBe('late');
    await closing;
    await origin.close();
  });

  it('the client ends all of them', async () => {
    server.answer = never;
    const asked = origin.request(GET);
    const failing = expect(asked).rejects.toMatchObject({ code: 'UND_ERR_DESTROYED' });
    await eventually(() => expect(server.asked).toHaveLength(1));
    await egress.close();
    await failing;
    await expect(origin.request(GET)).rejects.toThrow();
    await origin.close();
  });

  it('one that was never called stays closed', async () => {
    await origin.close();
    await expect(origin.ready()).rejects.toThrow('closed');
    await expect(origin.request(GET)).rejects.toThrow('closed');
  });
});
