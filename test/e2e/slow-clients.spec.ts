import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Socket } from 'node:net';
import { API_BASE } from '#gateway/http/base-path.js';
import { Gateway } from '../support/boot-gateway.js';
import { aSession } from '../support/builders.js';
import { answersIn, open, untilClosed } from '../support/raw-socket.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await Gateway.boot({ HEADERS_TIMEOUT_SECONDS: 0.5, REQUEST_TIMEOUT_SECONDS: 1, MAX_CONNECTIONS: 300 });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const HEAD = `POST /${API_BASE}/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;

/** Sends one byte after the other, far apart, until the other side has enough. */
function dribble(socket: Socket, bytes: string): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || sent >= bytes.length) return clearInterval(timer);
    socket.write(bytes[sent++]!);
  }, 40);
  socket.once('close', () => clearInterval(timer));
}

async function answerTo(first: string, then = ''): Promise<{ status: number; code: string; id: string | undefined }> {
  const socket = await open(gateway.url);
  const all = untilClosed(socket);
  if (first !== '') socket.write(first);
  dribble(socket, then);
  const [answer] = answersIn(await all);
  const { code } = JSON.parse(answer!.text) as { code: string };
  return { status: answer!.status, code, id: answer!.headers['x-request-id'] };
}

const CUT = { status: 408, code: 'request_timeout', id: expect.any(String) };

describe('a client that takes its time is cut with 408', () => {
  it.each([
    ['says nothing at all', '', ''],
    ['stops in the request line', 'GET /liv', ''],
    ['stops in a header', `${HEAD}X-A: `, ''],
    ['never ends its head', HEAD, ''],
    ['dribbles its head', '', `${HEAD}${'X-A: b\r\n'.repeat(100)}`],
    ['dribbles headers', HEAD, 'X-A: b\r\n'.repeat(100)],
    ['sends no body', `${HEAD}Content-Length: 10\r\n\r\n`, ''],
    ['stops in its body', `${HEAD}Content-Length: 10\r\n\r\n{"a"`, ''],
    ['dribbles its body', `${HEAD}Content-Length: 1000\r\n\r\n`, ' '.repeat(1_000)],
    ['dribbles chunks', `${HEAD}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'.repeat(200)],
    ['sends no last chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`, ''],
  ])('when it %s', async (_what, first, then) => expect(await answerTo(first, then)).toEqual(CUT));

  it('keeps the id that a request had before its body stopped', async () => {
    const { status, id } = await answerTo(`${HEAD}X-Request-ID: slow-1\r\nContent-Length: 10\r\n\r\n{`);
    expect([status, id]).toEqual([408, 'slow-1']);
  });

  it('on the second request of a connection, too', async () => {
    const socket = await open(gateway.url);
    const all = untilClosed(socket);
    socket.write(`GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /livez HTTP/1.1\r\nHost:`);
    expect(answersIn(await all).map(({ status }) => status)).toEqual([200, 408]);
  });
});

it('a client that does not read its answers is cut', async () => {
  const socket = await open(gateway.url);
  socket.pause();
  const request = `GET /docs/assets/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  socket.write(request.repeat(20));
  const broken = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), 15_000);
    // Reading begins when all is over: what was buffered on the way is not 20 times 1.4 MB.
    setTimeout(() => {
      let bytes = 0;
      socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
      socket.once('close', () => {
        clearTimeout(timer);
        resolve(bytes < 20 * 1_000_000);
      });
      socket.resume();
    }, 4_000);
  });
  expect(broken).toBe(true);
});

it('two hundred slow clients keep nobody else waiting for an answer', async () => {
  const sockets = await Promise.all(Array.from({ length: 200 }, () => open(gateway.url)));
  const ends = sockets.map(untilClosed);
  sockets.forEach((socket, i) => {
    if (i % 2 === 0) dribble(socket, `${HEAD}${'X-A: b\r\n'.repeat(100)}`);
    else socket.write(`${HEAD}Content-Length: 1000\r\n\r\n`, () => dribble(socket, ' '.repeat(1_000)));
  });
  for (let i = 0; i < 20; i++) expect((await gateway.api.post('/sessions', aSession())).status).toBe(201);
  const answers = (await Promise.all(ends)).map((text) => answersIn(text)[0]?.status);
  expect(answers).toEqual(Array(200).fill(408));
});

it('connections beyond the limit are closed at once, and room is made again', async () => {
  const sockets = await Promise.all(Array.from({ length: 400 }, () => open(gateway.url)));
  const closed = await Promise.all(sockets.map(untilClosed));
  // Those that were let in got as far as their 408; where the last came late, in the places of some of the first.
  expect(closed.filter((text) => text === '').length).toBeGreaterThanOrEqual(50);
  expect((await gateway.api.get('/health')).status).toBe(200);
});
