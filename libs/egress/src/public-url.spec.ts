import { describe, expect, it } from '@jest/globals';
import { AddressRefused } from './egress.errors.js';
import { publicUrl } from './public-url.js';

const NOT_PUBLIC = [
  'http://127.0.0.1/',
  'http://127.1/',
  'http://127.0.1/',
  'http://0/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.1/',
  'http://0X7F.0x0.0x0.0x1/',
  'http://017700000001/',
  'http://0177.0.0.1/',
  'http://0177.0x0.0.1/',
  'http://127.0.0.1./',
  'http://0x7f.1./',
  'http://10.1/',
  'http://0xa9fea9fe/latest/meta-data/',
  'http://0251.0376.0251.0376/',
  'http://2852039166/',
  'http://192.168.257/',
  'http://169.254.169.254:80/',
  'http://%31%32%37.0.0.1/',
  'http://127%2e0%2e0%2e1/',
  'http://127。0。0。1/',
  'http://１２７.0.0.1/',
  'http://①②⑦.⓪.⓪.①/',
  'http://[::1]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[::]/',
  'http://[::127.0.0.1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::FFFF:A9FE:A9FE]/',
  'http://[64:ff9b::127.0.0.1]/',
  'http://[2002:7f00:1::]/',
  'http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/',
  'http://[fe80::1]/',
  'http://[fd00:ec2::254]/',
  'http://[ff02::1]/',
  'http://localhost/',
  'http://LOCALHOST/',
  'http://localhost./',
  'http://a.localhost/',
  'http://ⓛocalhost/',
  'http://ｌｏｃａｌｈｏｓｔ/',
  'http://loc\u00adalhost/',
  'http://loc\u200balhost/',
  'http://localhost.localdomain/',
  'http://xn--a/',
  'http://router/',
  'http://router./',
  'http://printer.local/',
  'http://metadata.google.internal/computeMetadata/v1/',
  'http://metadata.google.internal./',
  'http://nas.home.arpa/',
  'http://wiki.corp/',
  'http://box.lan/',
  'http:\\\\127.0.0.1\\',
  'http:/127.0.0.1/',
  'http:127.0.0.1',
  'http://127.0.0.1\t/',
  ' http://127.0.0.1/ ',
  'ht\ntp://127.0.0.1/',
  'https:///127.0.0.1/',
];

const REFUSED: readonly (readonly [string, string])[] = [
  ['', 'it is not an address'],
  ['example.com', 'it is not an address'],
  ['//example.com/', 'it is not an address'],
  ['/path', 'it is not an address'],
  ['http://', 'it is not an address'],
  ['http://[fe80::1%25eth0]/', 'it is not an address'],
  ['http://[fe80::1%eth0]/', 'it is not an address'],
  ['http://256.0.0.1/', 'it is not an address'],
  ['http://1.2.3.4.5/', 'it is not an address'],
  ['http://08.0.0.1/', 'it is not an address'],
  ['http://exa mple.com/', 'it is not an address'],
  ['http://example.com\0.evil.com/', 'it is not an address'],
  ['http://example.com:99999/', 'it is not an address'],
  ['http://example.com:80a/', 'it is not an address'],
  ['file:///etc/passwd', 'it is neither https nor http'],
  ['ftp://example.com/', 'it is neither https nor http'],
  ['gopher://example.com:70/_', 'it is neither https nor http'],
  ['data:text/plain,a', 'it is neither https nor http'],
  ['blob:https://example.com/a', 'it is neither https nor http'],
  ['javascript:alert(1)', 'it is neither https nor http'],
  ['ws://example.com/', 'it is neither https nor http'],
  ['unix:/run/docker.sock', 'it is neither https nor http'],
  ['http+unix://%2frun%2fdocker.sock/', 'it is neither https nor http'],
  ['http://user@example.com/', 'it has a user name in it'],
  ['http://:secret@example.com/', 'it has a user name in it'],
  ['http://example.com@127.0.0.1/', 'it has a user name in it'],
  ['http://example.com:80@127.0.0.1/', 'it has a user name in it'],
  ['http://example.com%40@127.0.0.1/', 'it has a user name in it'],
  ['http://example.com:0/', 'its port belongs to another protocol'],
  ['http://example.com:22/', 'its port belongs to another protocol'],
  ['http://example.com:25/', 'its port belongs to another protocol'],
  ['https://example.com:389/', 'its port belongs to another protocol'],
  ['http://example.com:1023/', 'its port belongs to another protocol'],
];

const CALLED = [
  ['https://example.com', 'https://example.com/'],
  ['HTTPS://EXAMPLE.com:443/A?b=c#d', 'https://example.com/A?b=c'],
  ['http://example.com:8080/', 'http://example.com:8080/'],
  ['https://example.com:80/', 'https://example.com:80/'],
  ['http://example.com:1024/', 'http://example.com:1024/'],
  ['http://134744072/', 'http://8.8.8.8/'],
  ['http://[2606:4700:4700::1111]/', 'http://[2606:4700:4700::1111]/'],
  ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
  // Somebody's name that looks like another is still a name: its address is what is judged.
  ['https://lосаlhost.example/', 'https://xn--llhost-3nf5i1a.example/'],
  ['https://127.0.0.1.nip.io/', 'https://127.0.0.1.nip.io/'],
  ['https://notlocalhost.com/', 'https://notlocalhost.com/'],
  ['https://localhost.com/', 'https://localhost.com/'],
  ['http://example.com\\@127.0.0.1/', 'http://example.com/@127.0.0.1/'],
  ['http://example.com#@127.0.0.1/', 'http://example.com/'],
] as const;

const reasonOf = (given: string) => {
  try {
    return publicUrl(given).href;
  } catch (error) {
    return (error as AddressRefused).reason;
  }
};

describe('publicUrl', () => {
  it.each(NOT_PUBLIC)('%j is not public', (given) => expect(reasonOf(given)).toBe('it is not public'));
  it.each(REFUSED)('%j: %s', (given, reason) => expect(reasonOf(given)).toBe(reason));
  it.each(CALLED)('%j is called as %s', (given, href) => expect(publicUrl(given).href).toBe(href));

  it('refuses with an error that says nothing more', () => {
    expect(() => publicUrl('http://10.1.2.3/secret')).toThrow(new AddressRefused('it is not public'));
  });
});
