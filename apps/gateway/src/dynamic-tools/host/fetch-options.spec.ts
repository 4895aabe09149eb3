import { describe, expect, it } from '@jest/globals';
import { fetchOptions } from './fetch-options.js';

describe('the options of fetch', () => {
  it.each([[undefined], [null], [{}], [{ method: null, headers: null, body: null }]])('%j: a plain GET', (given) => {
    expect(fetchOptions(given)).toEqual({ method: 'GET', headers: {}, body: null });
  });

  it('are taken as they are', () => {
    const given = { method: 'post', headers: { 'X-Api-Key': 'k', authorization: 'Bearer t' }, body: 'ä' };
    expect(fetchOptions(given)).toEqual({
      method: 'POST',
      headers: { 'x-api-key': 'k', authorization: 'Bearer t' },
      body: 'ä',
    });
  });

  it.each([
    ['x', 'the second argument must be'],
    [[], 'the second argument must be'],
    [{ redirect: 'manual' }, 'no option "redirect"'],
    [{ method: 'CONNECT' }, 'one of GET'],
    [{ method: 'TRACE' }, 'one of GET'],
    [{ method: 'GET / HTTP/1.1\r\nx: y' }, 'one of GET'],
    [{ method: 7 }, 'one of GET'],
    [{ headers: [] }, 'headers must be'],
    [{ headers: 'x' }, 'headers must be'],
    [{ headers: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`x-${i}`, ''])) }, 'at most 32 headers'],
    [{ headers: { a: 7 } }, 'must be at most'],
    [{ headers: { a: 'x'.repeat(8_193) } }, 'must be at most'],
    [{ headers: { a: '1', A: '2' } }, 'twice'],
    [{ body: {} }, 'JSON.stringify'],
    [{ body: 'x' }, 'GET has no body'],
    [{ method: 'HEAD', body: '' }, 'HEAD has no body'],
    [{ method: 'POST', body: 'ä'.repeat(131_073) }, 'at most 262144 bytes'],
  ])('%#: are refused in words', (given, why) => {
    expect(() => fetchOptions(given)).toThrow(why);
    expect(() => fetchOptions(given)).toThrow(/^fetch: /);
  });

  it.each([
    ['Host'],
    ['content-length'],
    ['Transfer-Encoding'],
    ['connection'],
    ['Keep-Alive'],
    ['upgrade'],
    ['TE'],
    ['trailer'],
    ['expect'],
    ['Cookie'],
    ['Proxy-Authorization'],
    ['proxy-connection'],
    ['accept-encoding'],
    ['X-Forwarded-For'],
    ['forwarded'],
    ['x-request-id'],
    ['TraceParent'],
  ])('leave the header %s alone', (name) => {
    expect(() => fetchOptions({ headers: { [name]: 'x' } })).toThrow(`the header "${name}" may not be set`);
  });

  it.each([[''], ['a b'], ['a:'], [':authority'], ['a\r\nb'], ['a\0'], ['ä'], ['a'.repeat(129)]])(
    'take no header named %j',
    (name) => {
      expect(() => fetchOptions({ headers: { [name]: 'x' } })).toThrow('is no name of a header');
    },
  );

  it.each([['a\r\nhost: evil'], ['a\nb'], ['a\rb'], ['a\0b'], ['\u2028'], ['ĊevilĊ'], ['\x7f'], ['ä']])(
    'take no header that is %j',
    (value) => {
      expect(() => fetchOptions({ headers: { 'x-a': value } })).toThrow('the header "x-a" must be');
    },
  );
});
