import { describe, expect, it } from '@jest/globals';
import { allowedUrl } from './fetch-hosts.js';

const HOSTS = ['api.example.com', '*.wild.example', 'ported.example:8443', 'plain.example:80', 'xn--bcher-kva.example'];

describe('an address that was granted', () => {
  it.each([
    ['https://api.example.com/path?query#hash', 'https://api.example.com/path?query'],
    ['HTTPS://API.Example.COM', 'https://api.example.com/'],
    ['https://api.example.com:443/', 'https://api.example.com/'],
    ['https:api.example.com/x', 'https://api.example.com/x'],
    ['https:\\\\api.example.com\\x', 'https://api.example.com/x'],
    ['https://api.exam\nple.com/', 'https://api.example.com/'],
    ['https://ａｐｉ.example.com/', 'https://api.example.com/'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://a.wild.example/', 'https://a.wild.example/'],
    ['https://a.b.wild.example/', 'https://a.b.wild.example/'],
    ['https://ported.example:8443/', 'https://ported.example:8443/'],
    ['http://ported.example:8443/', 'http://ported.example:8443/'],
    ['http://plain.example/', 'http://plain.example/'],
  ])('%j is called', (given, called) => {
    expect(allowedUrl(given, HOSTS).href).toBe(called);
  });
});

describe('an address that was not granted', () => {
  it.each([
    ['http, where no port was named', 'http://api.example.com/'],
    ['http at 443', 'http://api.example.com:443/'],
    ['another port', 'https://api.example.com:8443/'],
    ['the port of https, where another was named', 'https://ported.example/'],
    ['https at 443, where 80 was named', 'https://plain.example/'],
    ['a name that ends with it', 'https://evil-api.example.com.evil.example/'],
    ['a name that begins with it', 'https://api.example.com.evil.example/'],
    ['a name that has it behind a dash', 'https://evil-api.example.com/'],
    ['a name below it', 'https://www.api.example.com/'],
    ['the name above it', 'https://example.com/'],
    ['the same with a dot at its end', 'https://api.example.com./'],
    ['the domain of a wildcard', 'https://wild.example/'],
    ['one that only ends like a wildcard', 'https://evilwild.example/'],
    ['one beyond a wildcard', 'https://a.wild.example.evil.example/'],
    ['a wildcard with a dot at its end', 'https://a.wild.example./'],
    ['a star itself', 'https://*.evil.example/'],
    ['one that looks like it', 'https://аpi.example.com/'],
    ['another one after a backslash', 'https://evil.example\\@api.example.com/'],
    ['another one after a question mark', 'https://evil.example?api.example.com'],
    ['another one before a hash', 'https://evil.example#.api.example.com'],
    ['the port of mail', 'https://a.wild.example:25/'],
  ])('is %s: %j', (_what, given) => {
    expect(() => allowedUrl(given, HOSTS)).toThrow(/^fetch: the address may not be called: /);
  });

  it.each([
    ['https://user@api.example.com/', 'user name'],
    ['https://:secret@api.example.com/', 'user name'],
    ['https://api.example.com@evil.example/', 'user name'],
    ['https://127.0.0.1/', 'by name'],
    ['https://8.8.8.8/', 'by name'],
    ['https://0x7f.1/', 'by name'],
    ['https://2130706433/', 'by name'],
    ['https://0177.0.0.1/', 'by name'],
    ['https://１２７.0.0.1/', 'by name'],
    ['https://127.0.0.1./', 'by name'],
    ['https://[::1]/', 'by name'],
    ['https://[::ffff:127.0.0.1]/', 'by name'],
    ['https://[2606:4700::1111]/', 'by name'],
    ['https://localhost/', 'not public'],
    ['https://metadata.google.internal/', 'not public'],
    ['ftp://api.example.com/', 'neither https nor http'],
    ['file:///etc/passwd', 'neither https nor http'],
    ['data:text/plain,x', 'neither https nor http'],
    ['blob:https://api.example.com/x', 'neither https nor http'],
  ])('whatever was granted, is %s', (given, reason) => {
    const everything = ['*.com', '*.example', '127.0.0.1', '8.8.8.8', '0x7f.1', 'localhost', '*.internal'];
    expect(() => allowedUrl(given, [...HOSTS, ...everything])).toThrow(reason);
  });

  it('has no secrets of its address in the message', () => {
    expect(() => allowedUrl('https://evil.example/a?token=secret', HOSTS)).toThrow(/not https:\/\/evil\.example$/);
  });
});

it.each([
  [undefined],
  [null],
  [7],
  [{}],
  [''],
  ['/path'],
  ['api.example.com'],
  ['https://'],
  [`https://a/${'x'.repeat(8_192)}`],
])('%j is no URL', (given) => {
  expect(() => allowedUrl(given, HOSTS)).toThrow('fetch: the first argument must be a URL');
});

it.each([[[]], [['']], [[':443']], [['*']], [['*.']], [['https://api.example.com']]])(
  'entries %j allow nothing',
  (entries) => {
    expect(() => allowedUrl('https://api.example.com/', entries)).toThrow('may not be called');
  },
);
