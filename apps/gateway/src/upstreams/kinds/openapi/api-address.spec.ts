import { expect, it } from '@jest/globals';
import { apiAddress } from './api-address.js';

type Case = readonly [
  document: string,
  origin: 'file' | 'admin',
  own: string | undefined,
  server: string | undefined,
  expected: string,
];

const CASES: readonly Case[] = [
  // What the operator wrote counts, whatever the document says.
  ['api.yaml', 'file', 'http://10.0.0.1/v1', 'https://a.example', 'file http://10.0.0.1/v1'],
  ['api.yaml', 'admin', 'http://10.0.0.1/v1', undefined, 'admin http://10.0.0.1/v1'],
  // A document from a file points at the public only.
  ['api.yaml', 'file', undefined, 'https://a.example/v1', 'nobody https://a.example/v1'],
  ['api.yaml', 'file', undefined, 'http://169.254.169.254/', 'nobody http://169.254.169.254/'],
  ['api.yaml', 'file', undefined, '/v1', 'it does not say where the API is'],
  ['api.yaml', 'file', undefined, undefined, 'it does not say where the API is'],
  ['api.yaml', 'file', undefined, 'file:///etc', 'it does not say where the API is'],
  ['api.yaml', 'file', undefined, 'https://', 'it does not say where the API is'],
  // One from an address points at its own origin, too.
  ['http://10.0.0.1:80/api.json', 'file', undefined, '/v1', 'file http://10.0.0.1/v1'],
  ['http://10.0.0.1/api.json', 'file', undefined, 'http://10.0.0.1/v1', 'file http://10.0.0.1/v1'],
  ['http://10.0.0.1/api.json', 'file', undefined, 'http://10.0.0.1:81/v1', 'nobody http://10.0.0.1:81/v1'],
  ['http://10.0.0.1/api.json', 'file', undefined, '//10.0.0.2/v1', 'nobody http://10.0.0.2/v1'],
  ['http://10.0.0.1/api.json', 'admin', undefined, '/v1', 'admin http://10.0.0.1/v1'],
  ['https://a.example/api.json', 'file', undefined, 'https://u:p@b.example/v1?k=v#f', 'nobody https://b.example/v1'],
];

it.each(CASES)('%s by %s, url %s, server %s: %s', (document, origin, own, server, expected) => {
  const found = () => {
    const { url, voucher } = apiAddress({ document, origin }, own, server);
    return `${voucher} ${url}`;
  };
  if (/^(?:file|admin|nobody) /.test(expected)) expect(found()).toBe(expected);
  else expect(found).toThrow(expected);
});
