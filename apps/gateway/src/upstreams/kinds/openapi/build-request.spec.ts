import { describe, expect, it } from '@jest/globals';
import type { ApiBody, ApiOperation, ApiParameter } from './api-operation.js';
import { buildRequest } from './build-request.js';

const operation = (parameters: readonly Partial<ApiParameter>[], path = '/a', body?: ApiBody): ApiOperation => ({
  definition: { name: 'a', description: 'a', inputSchema: { type: 'object' } },
  method: 'POST',
  path,
  parameters: parameters.map((one) => ({
    argument: 'v',
    name: 'v',
    in: 'query',
    style: 'form',
    explode: true,
    isJson: false,
    ...one,
  })),
  ...(body && { body }),
});

describe('a query', () => {
  const list = ['a b', 'c,d', 'é&='];
  const object = { R: 100, G: null, B: 'x y' };
  it.each<[Partial<ApiParameter>, unknown, string]>([
    [{}, 'a b&c=d/é', 'v=a%20b%26c%3Dd%2F%C3%A9'],
    [{}, 5, 'v=5'],
    [{}, false, 'v=false'],
    [{}, '', 'v='],
    [{}, list, 'v=a%20b&v=c%2Cd&v=%C3%A9%26%3D'],
    [{}, [], ''],
    [{}, object, 'R=100&B=x%20y'],
    [{}, { a: { b: 1 } }, 'a=%7B%22b%22%3A1%7D'],
    [{ explode: false }, list, 'v=a%20b,c%2Cd,%C3%A9%26%3D'],
    [{ explode: false }, object, 'v=R,100,B,x%20y'],
    [{ style: 'spaceDelimited', explode: false }, list, 'v=a%20b%20c%2Cd%20%C3%A9%26%3D'],
    [{ style: 'pipeDelimited', explode: false }, list, 'v=a%20b%7Cc%2Cd%7C%C3%A9%26%3D'],
    [{ style: 'pipeDelimited', explode: true }, ['a', 'b'], 'v=a&v=b'],
    [{ style: 'deepObject' }, { a: 1, b: { c: [2, 3] } }, 'v%5Ba%5D=1&v%5Bb%5D%5Bc%5D=2&v%5Bb%5D%5Bc%5D=3'],
    [{ isJson: true }, { a: [1] }, 'v=%7B%22a%22%3A%5B1%5D%7D'],
    [{ name: 'a[]&x' }, 'b', 'a%5B%5D%26x=b'],
    [{}, '\ud800', 'v=%EF%BF%BD'],
    [{}, null, ''],
    [{}, undefined, ''],
  ])('%j of %j is %s', (parameter, value, query) => {
    expect(buildRequest(operation([parameter]), { v: value }).query.join('&')).toBe(query);
  });
});

describe('a path', () => {
  const at = (value: unknown, more: Partial<ApiParameter> = {}) =>
    buildRequest(operation([{ in: 'path', style: 'simple', explode: false, ...more }], '/x/{v}/y'), { v: value }).path;

  it.each<[unknown, Partial<ApiParameter>, string]>([
    ['a b', {}, '/x/a%20b/y'],
    ['100%', {}, '/x/100%25/y'],
    ['a?b#c', {}, '/x/a%3Fb%23c/y'],
    ['...', {}, '/x/.../y'],
    ['.a', {}, '/x/.a/y'],
    ['é;x', {}, '/x/%C3%A9%3Bx/y'],
    ["(a)!*'", {}, '/x/%28a%29%21%2A%27/y'],
    [['a', 'b,c'], {}, '/x/a,b%2Cc/y'],
    [{ a: 1, b: 2 }, { explode: true }, '/x/a=1,b=2/y'],
    [['a', 'b'], { style: 'label', explode: true }, '/x/.a.b/y'],
    ['a', { style: 'matrix' }, '/x/;v=a/y'],
    [['a', 'b'], { style: 'matrix', explode: true }, '/x/;v=a;v=b/y'],
  ])('%j %j is %s', (value, parameter, path) => expect(at(value, parameter)).toBe(path));

  it.each([
    '..',
    '.',
    '',
    '/',
    'a/b',
    'a\\b',
    '../../admin',
    '%2e%2e',
    '%2E.',
    '%252e%252e',
    '%25252e%25252e',
    'a%2fb',
    'a%252Fb',
    'a%5cb',
    '..%2f',
    '..;a=b',
    '%2e%2e;x',
    ' .. ',
    'a\nb',
    'a%0d%0ab',
    'a\0',
    'a%00',
    '\ud800',
  ])('never holds %j', (value) => expect(() => at(value)).toThrow(/^v must/));

  it('never holds it in a list, or in two places of one segment', () => {
    expect(() => at(['a', '../b'])).toThrow(/^v must/);
    const parts: Partial<ApiParameter>[] = [
      { in: 'path', style: 'simple', explode: false },
      { in: 'path', style: 'label', explode: false, name: 'w', argument: 'w' },
    ];
    expect(() => buildRequest(operation(parts, '/x/{v}{w}/y'), { v: '.a', w: '.' })).toThrow(/w must not be/);
    expect(() =>
      buildRequest(operation([{ in: 'path', style: 'simple', explode: false }], '/x/.{v}/y'), { v: ';' }),
    ).toThrow(/leads upwards/);
  });

  it('needs its values', () => expect(() => at(undefined)).toThrow('v is required.'));
});

describe('a header', () => {
  const heading = (value: unknown) =>
    buildRequest(operation([{ in: 'header', style: 'simple', explode: false, name: 'X-V' }]), { v: value }).headers[
      'x-v'
    ];

  it.each([
    ['a b', 'a b'],
    [' a ', 'a'],
    [['a', 'b'], 'a,b'],
    [{ a: 1 }, 'a,1'],
    [5, '5'],
  ])('of %j is %j', (value, text) => expect(heading(value)).toBe(text));

  it.each(['a\r\nevil: b', 'a\nb', 'a\0', 'é', '\u2028', 'a\x7f'])('is never %j', (value) => {
    expect(() => heading(value)).toThrow('v may only hold visible ASCII characters.');
  });
});

describe('a body', () => {
  const members = [
    { argument: 'a', name: 'a' },
    { argument: 'body_b', name: 'b' },
  ];
  const body = (more: Partial<ApiBody>): ApiBody => ({
    mediaType: 'application/json',
    kind: 'json',
    members,
    files: [],
    required: true,
    ...more,
  });
  const sent = (given: ApiBody, args: Record<string, unknown>) => {
    const { body: bytes, headers } = buildRequest(operation([], '/a', given), args);
    return [headers['content-type'], bytes === null ? null : String(bytes)];
  };

  it.each<[Partial<ApiBody>, Record<string, unknown>, (string | null | undefined)[]]>([
    [{}, { a: 1, body_b: null }, ['application/json', '{"a":1,"b":null}']],
    [{}, {}, ['application/json', '{}']],
    [{ required: false }, {}, [undefined, null]],
    [{ whole: 'body', members: [] }, { body: [1] }, ['application/json', '[1]']],
    [{ whole: 'body', members: [], required: false }, {}, [undefined, null]],
    [
      { kind: 'form', mediaType: 'application/x-www-form-urlencoded' },
      { a: ['x y', 'z&'], body_b: { c: 1 } },
      ['application/x-www-form-urlencoded', 'a=x+y&a=z%26&b=%7B%22c%22%3A1%7D'],
    ],
    [
      { kind: 'text', mediaType: 'text/markdown', whole: 'body' },
      { body: '# é' },
      ['text/markdown; charset=utf-8', '# é'],
    ],
  ])('%j of %j', (more, args, expected) => expect(sent(body(more), args)).toEqual(expected));

  it('of several parts holds files, and no name breaks out of its quotes', () => {
    const names = [...members, { argument: 'c', name: 'c"\r\nevil: d' }];
    const given = body({ kind: 'multipart', mediaType: 'multipart/form-data', files: ['a'], members: names });
    const [type, bytes] = sent(given, { a: 'aGVsbG8=', body_b: 'x', c: 'y' });
    const boundary = /^multipart\/form-data; boundary=(achilles-[0-9a-f]{32})$/.exec(type!)![1]!;
    expect(bytes!.replaceAll(boundary, 'B').split('\r\n')).toEqual([
      '--B',
      'content-disposition: form-data; name="a"; filename="a"',
      'content-type: application/octet-stream',
      '',
      'hello',
      '--B',
      'content-disposition: form-data; name="b"',
      '',
      'x',
      '--B',
      'content-disposition: form-data; name="c%22%0D%0Aevil: d"',
      '',
      'y',
      '--B--',
      '',
    ]);
    expect(() => sent(given, { a: 'not base64!' })).toThrow('a must be base64.');
  });
});
