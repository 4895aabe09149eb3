import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { API_BASE } from '#gateway/http/base-path.js';
import { Gateway } from '../support/boot-gateway.js';
import { aSession } from '../support/builders.js';
import { exchange, type RawAnswer } from '../support/raw-socket.js';

const MOST_BYTES = 100_000;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await Gateway.boot({ MAX_BODY_BYTES: MOST_BYTES, MAX_BATCH_BYTES: 4_000_000 });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const POST = `POST /${API_BASE}/sessions HTTP/1.1\r\n`;
const JSON_TYPE = 'Content-Type: application/json\r\n';
const GET = 'GET /livez HTTP/1.1\r\n';
const HOST = 'Host: localhost\r\n';
const CLOSE = 'Connection: close\r\n';
const sent = (bytes: string | Buffer) => exchange(gateway.url, bytes);
const headers = (count: number) => Array.from({ length: count }, (_, i) => `${i.toString(36)}:b\r\n`).join('');
const codeOf = ({ text }: RawAnswer) => (JSON.parse(text) as { code: string }).code;

/** What every refusal has, whoever wrote it. */
function expectProblem(answer: RawAnswer, status: number, code: string): void {
  expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.headers['x-request-id']).toMatch(/^[\w-]{36}$/);
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  expect(answer.headers).not.toHaveProperty('server');
  expect(answer.text).not.toMatch(/stack|node_modules|\.js|Parse Error|HPE_/);
}

describe('a head that can be read in two ways, or not at all, is refused', () => {
  const chunked = 'Transfer-Encoding: chunked\r\n';
  it.each<[string, string, number, string]>([
    ['a length and chunks', `${POST}${HOST}Content-Length: 5\r\n${chunked}\r\n0\r\n\r\n`, 400, 'malformed_request'],
    ['chunks and a length', `${POST}${HOST}${chunked}Content-Length: 5\r\n\r\n0\r\n\r\n`, 400, 'malformed_request'],
    ['two lengths', `${POST}${HOST}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`, 400, 'malformed_request'],
    [
      'the same length twice',
      `${POST}${HOST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
      400,
      'malformed_request',
    ],
    ['a list of lengths', `${POST}${HOST}Content-Length: 5, 5\r\n\r\nhello`, 400, 'malformed_request'],
    ['a negative length', `${POST}${HOST}Content-Length: -1\r\n\r\n`, 400, 'malformed_request'],
    ['a signed length', `${POST}${HOST}Content-Length: +5\r\n\r\nhello`, 400, 'malformed_request'],
    ['a hexadecimal length', `${POST}${HOST}Content-Length: 0x5\r\n\r\nhello`, 400, 'malformed_request'],
    [
      'a length beyond all numbers',
      `${POST}${HOST}Content-Length: 99999999999999999999\r\n\r\n`,
      400,
      'malformed_request',
    ],
    ['a coding that is none', `${POST}${HOST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 400, 'malformed_request'],
    [
      'chunks before another coding',
      `${POST}${HOST}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`,
      400,
      'malformed_request',
    ],
    [
      'a coding with a space before its colon',
      `${POST}${HOST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
      400,
      'malformed_request',
    ],
    ['a chunk of no size', `${POST}${HOST}${JSON_TYPE}${chunked}\r\nzz\r\n\r\n`, 400, 'malformed_request'],
    [
      'a chunk that is longer than it says',
      `${POST}${HOST}${JSON_TYPE}${chunked}\r\n1\r\nabc\r\n0\r\n\r\n`,
      400,
      'malformed_request',
    ],
    ['a folded header', `${GET}${HOST}X-A: b\r\n c\r\n\r\n`, 400, 'malformed_request'],
    ['a header without a colon', `${GET}${HOST}nothing\r\n\r\n`, 400, 'malformed_request'],
    ['a header without a name', `${GET}${HOST}: value\r\n\r\n`, 400, 'malformed_request'],
    ['a space in a name', `${GET}${HOST}X A: b\r\n\r\n`, 400, 'malformed_request'],
    ['NUL in a value', `${GET}${HOST}X-A: a\0b\r\n\r\n`, 400, 'malformed_request'],
    ['NUL in a name', `${GET}${HOST}X\0A: b\r\n\r\n`, 400, 'malformed_request'],
    ['a bare CR in a value', `${GET}${HOST}X-A: a\rb\r\n\r\n`, 400, 'malformed_request'],
    ['DEL in the path', `GET /\x7f HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed_request'],
    ['NUL in the path', `GET /\0 HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed_request'],
    ['a space in the path', `GET /a b HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed_request'],
    ['no version', `GET /\r\n\r\n`, 400, 'malformed_request'],
    ['a version to come', `GET / HTTP/9.9\r\n${HOST}\r\n`, 400, 'malformed_request'],
    ['a method that is none', `BREW / HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed_request'],
    ['a method in small letters', `get / HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed_request'],
    ['TLS where there is none', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'malformed_request'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'malformed_request'],
    ['no host', `${GET}${CLOSE}\r\n`, 400, 'ambiguous_host'],
    ['an empty host', `${GET}Host:\r\n${CLOSE}\r\n`, 400, 'ambiguous_host'],
    ['two hosts', `${GET}${HOST}Host: other\r\n${CLOSE}\r\n`, 400, 'ambiguous_host'],
    ['the same host twice', `${GET}${HOST}hOsT: localhost\r\n${CLOSE}\r\n`, 400, 'ambiguous_host'],
    ['two types', `${GET}${HOST}${JSON_TYPE}content-type: text/plain\r\n${CLOSE}\r\n`, 400, 'repeated_header'],
    ['an absolute address', `GET http://other/livez HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 400, 'malformed_request'],
    ['an asterisk', `OPTIONS * HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 400, 'malformed_request'],
    ['an expectation', `${POST}${HOST}Expect: tea\r\n${CLOSE}\r\n`, 417, 'expectation_failed'],
    ['a broken escape in the path', `GET /%zz HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 400, 'bad_request'],
    [
      'half an escape in a parameter',
      `GET /${API_BASE}/sessions/%e0%a4%a HTTP/1.1\r\n${HOST}${CLOSE}\r\n`,
      400,
      'bad_request',
    ],
    [
      'a parameter too long',
      `GET /${API_BASE}/sessions/${'a'.repeat(300)} HTTP/1.1\r\n${HOST}${CLOSE}\r\n`,
      414,
      'uri_too_long',
    ],
    ['an address too long', `GET /?${'a'.repeat(8_192)} HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 414, 'uri_too_long'],
    ['101 headers', `${GET}${HOST}${headers(100)}\r\n`, 431, 'too_many_headers'],
    ['a header too large', `${GET}${HOST}X-A: ${'a'.repeat(16_384)}\r\n\r\n`, 431, 'headers_too_large'],
    ['headers too large together', `${GET}${HOST}${headers(5_000)}\r\n`, 431, 'headers_too_large'],
    ['a name too large', `${GET}${HOST}${'a'.repeat(20_000)}: b\r\n\r\n`, 431, 'headers_too_large'],
    ['a bomb of headers', `${GET}${HOST}X-A: ${'a'.repeat(1_000_000)}\r\n\r\n`, 431, 'headers_too_large'],
    ['an address too large', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, 431, 'headers_too_large'],
  ])('%s', async (_what, bytes, status, code) => {
    // What is refused with its connection still open is ended by the next request, which is refused by the parser.
    const [answer] = await sent(
      Buffer.from(bytes.endsWith('\r\n\r\n') && status !== 400 ? `${bytes}X\r\n\r\n` : bytes, 'latin1'),
    );
    expectProblem(answer!, status, code);
  });

  it.each([
    ['behind chunks', `${POST}${HOST}${JSON_TYPE}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`],
    ['behind a short length', `${POST}${HOST}${JSON_TYPE}Content-Length: 0\r\nContent-Length: 40\r\n\r\n`],
    [
      'behind an odd coding',
      `${POST}${HOST}${JSON_TYPE}Transfer-Encoding: \x0bchunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
    ],
  ])('a second request %s is not answered', async (_what, bytes) => {
    const answers = await sent(Buffer.from(`${bytes}GET /docs/openapi.json HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 'latin1'));
    expect(answers.map(({ status }) => status)).toEqual([400]);
  });

  it('1 900 tiny headers, whether Node counts them or we do', async () => {
    const [answer] = await sent(`${GET}${HOST}${headers(1_900)}\r\nX\r\n\r\n`);
    expect(['too_many_headers', 'headers_too_large']).toContain(codeOf(answer!));
    expectProblem(answer!, 431, codeOf(answer!));
  });

  it('100 headers are fine, and HTTP/1.0 needs no host', async () => {
    const [many] = await sent(`${GET}${HOST}${CLOSE}${headers(98)}\r\n`);
    const [old] = await sent('GET /livez HTTP/1.0\r\n\r\n');
    expect([many!.status, old!.status]).toEqual([200, 200]);
  });

  it.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])('%s changes no method', async (name) => {
    const [answer] = await sent(`${GET}${HOST}${CLOSE}${name}: DELETE\r\n\r\n`);
    expect(answer!.status).toBe(200);
  });

  it.each(['TRACE', 'TRACK', 'PROPFIND', 'PURGE', 'LINK', 'QUERY'])(
    '%s is nothing that a route has',
    async (method) => {
      const [answer] = await sent(`${method} /livez HTTP/1.1\r\n${HOST}${CLOSE}\r\n`);
      expect([400, 404]).toContain(answer!.status);
      expect(answer!.text).not.toContain('Host: localhost');
    },
  );
});

describe('a body that is too much, or not JSON, is refused', () => {
  const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth);
  const keys = (count: number) => `{${Array.from({ length: count }, (_, i) => `"k${i}":0`).join(',')}}`;
  it.each<[string, string, string | Buffer, number, string]>([
    ['33 levels', '/handshake', nested(33), 400, 'body_too_deep'],
    ['33 levels of objects', '/handshake', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, 400, 'body_too_deep'],
    ['65 levels around a payload', '/sessions', nested(65), 400, 'body_too_deep'],
    ['65 levels in a batch', '/signals/events/batch', nested(65), 400, 'body_too_deep'],
    ['10 001 keys', '/handshake', keys(10_001).replaceAll('k', ''), 400, 'too_many_keys'],
    ['100 001 keys in a batch', '/signals/events/batch', keys(100_001), 400, 'too_many_keys'],
    ['10 001 keys in one event', '/signals/events', keys(10_001).replaceAll('k', ''), 400, 'too_many_keys'],
    ['a key twice', '/handshake', '{"client_name":"a","client_name":"b"}', 400, 'duplicate_keys'],
    ['a key twice, once escaped', '/handshake', '{"client_name":"a","client\\u005fname":"b"}', 400, 'duplicate_keys'],
    ['a key twice, deep inside', '/sessions', '{"a":[{"b":{"c":1,"d":2,"c":1}}]}', 400, 'duplicate_keys'],
    ['__proto__ twice', '/sessions', '{"__proto__":1,"__proto__":2}', 400, 'duplicate_keys'],
    [
      'a key twice in a batch',
      '/signals/events/batch',
      '{"events":[{"event_type":"a","event_type":"b"}]}',
      400,
      'duplicate_keys',
    ],
    ['bytes that are not UTF-8', '/sessions', Buffer.from('7b2261223a22c328227d', 'hex'), 400, 'malformed_json'],
    ['an overlong slash', '/sessions', Buffer.from('7b2261223a22c0af227d', 'hex'), 400, 'malformed_json'],
    ['half a surrogate', '/sessions', Buffer.from('7b2261223a22eda080227d', 'hex'), 400, 'malformed_json'],
    ['UTF-16', '/sessions', Buffer.from('{"a":1}', 'utf16le'), 400, 'malformed_json'],
    ['a byte order mark', '/sessions', Buffer.from('\ufeff{}'), 400, 'malformed_json'],
    ['NUL', '/sessions', '{"a":\0}', 400, 'malformed_json'],
    ['a comment', '/sessions', '{/**/}', 400, 'malformed_json'],
    ['a trailing comma', '/sessions', '{"a":1,}', 400, 'malformed_json'],
    ['NaN', '/sessions', '{"a":NaN}', 400, 'malformed_json'],
    ['two values', '/sessions', '{}{}', 400, 'malformed_json'],
    ['an unfinished text', '/sessions', '{"a":"', 400, 'malformed_json'],
    ['a body a byte too large', '/sessions', `"${'x'.repeat(MOST_BYTES - 1)}"`, 413, 'body_too_large'],
    ['a batch a byte too large', '/signals/events/batch', `"${'x'.repeat(3_999_999)}"`, 413, 'body_too_large'],
  ])('%s', async (_what, path, body, status, code) => {
    const answer = await fetch(`${gateway.url}/${API_BASE}${path}`, {
      method: 'POST',
      body: Buffer.from(body),
      headers: { 'content-type': 'application/json' },
    });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([status, code]);
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  });

  it.each(['1e999', '-1e999', '1e-999', '9'.repeat(400), '123456789012345678901234567890', '-0', '5e-324'])(
    'the number %s never breaks anything',
    async (number) => {
      for (const path of ['/sessions', '/handshake', '/signals/events', '/state/session']) {
        const { status } = await gateway.api.call('POST', path, `{"a":${number},"payload":{"n":${number}}}`);
        expect(status).toBe(422);
      }
    },
  );

  it.each(['gzip', 'br', 'deflate', 'GZIP', 'gzip, identity', 'aes128gcm'])('encoded as %s', async (encoding) => {
    const answer = await fetch(`${gateway.url}/${API_BASE}/sessions`, {
      method: 'POST',
      body: gzipSync(JSON.stringify(aSession())),
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([415, 'unsupported_encoding']);
  });

  it.each([
    [
      'in chunks',
      `${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n${`1000\r\n${'x'.repeat(4_096)}\r\n`.repeat(26)}0\r\n\r\n`,
    ],
    ['by its length alone', `${JSON_TYPE}Content-Length: 100001\r\n\r\n`],
    ['by a length that asks first', `${JSON_TYPE}Content-Length: 4000000000\r\n\r\n`],
  ])('too large %s', async (_what, rest) => {
    const [answer] = await sent(`${POST}${HOST}${rest}`);
    expectProblem(answer!, 413, 'body_too_large');
  });

  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=a',
    'text/json',
    'application/jsonp',
    '',
  ])('of type %j', async (type) => {
    const [answer] = await sent(`${POST}${HOST}${CLOSE}Content-Type: ${type}\r\nContent-Length: 2\r\n\r\n{}`);
    expect([answer!.status, codeOf(answer!)]).toEqual([415, 'unsupported_media_type']);
  });

  it('nothing that deep keeps others waiting', async () => {
    const bomb = Buffer.from(nested(500_000));
    const post = () =>
      fetch(`${gateway.url}/${API_BASE}/signals/events/batch`, {
        method: 'POST',
        body: bomb,
        headers: { 'content-type': 'application/json' },
      });
    const before = process.threadCpuUsage();
    const answers = await Promise.all([post(), post(), post()]);
    const { user, system } = process.threadCpuUsage(before);
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
    // Microseconds of this thread, client and gateway together: parsing the three would take 800 000.
    expect(user + system).toBeLessThan(400_000);
  });
});
