import { describe, expect, it } from '@jest/globals';
import type { ToolResult } from '#gateway/tools/tool.js';
import { readAnswer } from './read-answer.js';
import { Secrets } from './secrets.js';

const SECRET = 'sk-very"secret/1';
const secrets = new Secrets({ headers: { authorization: `Bearer ${SECRET}` }, query: { key: 'q' } });

function answered(status: number, type: string | undefined, body: string | Buffer, more = {}): ToolResult {
  const headers = { 'x-internal': 'never told', ...(type !== undefined && { 'content-type': type }), ...more };
  return readAnswer({ status, headers, body: Buffer.from(body) }, 'shop', secrets);
}
const text = (said: string) => ({ content: [{ type: 'text', text: said }] });

describe('what went well', () => {
  it.each([
    ['application/json', '{"a":1}', { ...text('{"a":1}'), structuredContent: { a: 1 } }],
    ['application/problem+json; charset=utf-8', '[1]', { ...text('[1]'), structuredContent: [1] }],
    [undefined, 'null', { ...text('null'), structuredContent: null }],
    [undefined, 'plain', text('plain')],
    ['text/plain', 'plain', text('plain')],
    ['text/csv; charset=iso-8859-1', Buffer.from([0xe9]), text('é')],
    ['text/csv; charset=no-such', 'a', text('a')],
    ['application/xml', '<a/>', text('<a/>')],
    ['image/png', 'PNG', { content: [{ type: 'image', data: 'UE5H', mimeType: 'image/png' }] }],
    ['application/json', '', { content: [] }],
  ])('%s %s', (type, body, result) => expect(answered(200, type, body)).toEqual(result));

  it('without a body is empty', () => expect(answered(204, undefined, '')).toEqual({ content: [] }));

  it.each([
    [
      'application/pdf',
      'x'.repeat(10),
      'The API answered with 10 bytes (application/pdf), which cannot be shown here.',
    ],
    [
      'image/png',
      Buffer.alloc(4 * 1_024 * 1_024 + 1),
      'The API answered with 4194305 bytes (image/png), which cannot be shown here.',
    ],
    [undefined, Buffer.from([0, 1]), 'The API answered with 2 bytes (of no type), which cannot be shown here.'],
  ])('of %s is not shown', (type, body, said) => {
    expect(answered(200, type, body)).toEqual({ ...text(said), isError: true });
  });

  it.each([
    ['it says that it is JSON, and is not', 'application/json', '{', {}],
    ['it is encoded as gzip', 'text/plain', 'x', { 'content-encoding': 'gzip' }],
  ])('but cannot be used: %s', (reason, type, body, more) => {
    expect(() => answered(200, type, body, more)).toThrow(reason);
  });

  it('does not tell on what it was shown', () => {
    const echoed = JSON.stringify({
      headers: { authorization: `Bearer ${SECRET}` },
      url: `/?k=${encodeURIComponent(SECRET)}`,
    });
    const result = answered(200, 'application/json', echoed);
    expect(result.structuredContent).toEqual({ headers: { authorization: '[removed]' }, url: '/?k=[removed]' });
    expect(JSON.stringify(result)).not.toContain('very');
  });
});

describe('a refusal', () => {
  it.each([
    [
      400,
      'application/json',
      '{"error":"name is too long"}',
      'The API answered with 400 (Bad Request).\n{"error":"name is too long"}',
    ],
    [404, 'text/html', '<h1>nginx</h1>', 'The API answered with 404 (Not Found).'],
    [418, 'text/plain', '', "The API answered with 418 (I'm a Teapot)."],
    [422, 'text/plain', `bad ${SECRET}`, 'The API answered with 422 (Unprocessable Entity).\nbad [removed]'],
    [
      403,
      'text/plain',
      'not yours',
      'The API answered with 403 (Forbidden): the credentials that the gateway shows it do not allow this.\nnot yours',
    ],
    [
      401,
      'text/plain',
      'token expired',
      'The API answered with 401 (Unauthorized): it does not take the credentials that the gateway shows it. An operator has to look at them.',
    ],
    [302, 'text/plain', 'http://inside', 'The API answered with 302 (Found): it leads elsewhere, and is not followed.'],
  ])('%i is a result that a model can act on', (status, type, body, said) => {
    expect(answered(status, type, body, { location: 'http://10.0.0.1/' })).toEqual({ ...text(said), isError: true });
  });

  it('is cut', () => {
    const { content } = answered(400, 'text/plain', 'x'.repeat(100_000));
    expect((content[0]!['text'] as string).length).toBeLessThan(4_100);
  });

  it.each([
    [500, undefined],
    [503, 7],
    [429, 7],
  ])('%i counts against the upstream', (status, retryAfter) => {
    const failed = () => answered(status, 'text/plain', 'stack trace', retryAfter ? { 'retry-after': '7' } : {});
    expect(failed).toThrow(`shop answered with status ${status}.`);
    try {
      failed();
    } catch (error) {
      expect((error as { details: { retryAfter?: number } }).details.retryAfter).toBe(retryAfter);
    }
  });
});
