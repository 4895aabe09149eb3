import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readIssuers } from './issuers-file.js';
import { ConfigError, loadConfig, parseConfig } from './load-config.js';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'achilles-issuers-'));
  file = join(folder, 'issuers.yaml');
});
afterAll(() => rmSync(folder, { recursive: true }));

const KEY = 'K7vQ2m9Xz4Lw8Rt1Yp6Ns3Jd5Hf0Gb7Ca';
const ENVIRONMENT = { AUTH_MODE: 'jwt', AUDIT_HMAC_KEY: KEY };
const OWN = {
  AUTH_ISSUER: 'https://id.example',
  AUTH_JWKS_URL: 'https://id.example/jwks',
  AUTH_AUDIENCE: 'tools',
};

/** The faults of a start with this file and these variables beside it, without the file's path. */
function faultsOf(text: string | undefined, more: Record<string, string> = {}): readonly string[] {
  if (text === undefined) rmSync(file, { force: true });
  else writeFileSync(file, text);
  try {
    loadConfig({ ...ENVIRONMENT, ISSUERS_FILE: file, ...more }, join(folder, 'no.env'));
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map((fault) => fault.replace(`${file}: `, ''));
    throw error;
  }
}

const ONE = '{issuer: https://a.example, jwks_url: https://a.example/jwks, audience: tools}';
const issuers = (...entries: string[]) => `issuers: [${entries.join(', ')}]`;
const withMember = (member: string, entry = ONE) => issuers(entry.replace('}', `, ${member}}`));
const without = (member: string) => issuers(ONE.replace(new RegExp(`${member}: [^,}]+,? ?`), ''));
const withUrl = (url: string) => issuers(ONE.replace('https://a.example/jwks', JSON.stringify(url)));

describe('config/issuers.yaml', () => {
  it.each<[string, string | undefined, (string | RegExp)[]]>([
    ['one issuer', issuers(ONE), []],
    ['a list of audiences', issuers(ONE.replace('tools', '[tools, "https://gateway.example/mcp"]')), []],
    ['tenants', withMember('tenants: [acme, Acme-2]'), []],
    ['keys on this machine', withUrl('http://127.0.0.1:1/jwks'), []],
    ['keys on this machine by IPv6', withUrl('http://[::1]:1/jwks'), []],
    ['no file and no issuer', undefined, ['is not there, and AUTH_ISSUER is not set: AUTH_MODE=jwt needs one']],
    ['an empty file', '', ['the file must be object']],
    ['no issuers', 'issuers: []', ['issuers must NOT have fewer than 1 items']],
    ['issuers without a value', 'issuers:', [/issuers must be array/]],
    ['text', 'issuers', ['the file must be object']],
    ['no YAML', 'issuers: [', [/./]],
    ['a member nobody knows', withMember('client_secret: x'), [/client_secret/]],
    ['a misspelt list', `issuer: [${ONE}]`, [/required property 'issuers'/, /: issuer$/]],
    ['no issuer', without('issuer'), [/required property 'issuer'/]],
    ['no audience', without('audience'), [/required property 'audience'/]],
    ['no jwks_url', without('jwks_url'), [/required property 'jwks_url'/]],
    ['no audience in its list', issuers(ONE.replace('tools', '[]')), [/audience/]],
    ['an empty audience', issuers(ONE.replace('tools', '""')), [/audience/]],
    ['a number for an audience', issuers(ONE.replace('tools', '7')), [/audience/]],
    ['a blank in an issuer', issuers(ONE.replace('https://a.example,', '"https://a.example ",')), [/issuers.0.issuer/]],
    ['no tenant in its list', withMember('tenants: []'), ['issuers.0.tenants must NOT have fewer than 1 items']],
    ['a tenant that cannot be', withMember('tenants: ["a:b"]'), [/issuers.0.tenants.0 must match pattern/]],
    [
      'keys over http',
      withUrl('http://a.example/jwks'),
      ['issuers.0.jwks_url must be https, unless it is this machine'],
    ],
    ['keys over http at a name like ours', withUrl('http://localhost.example/jwks'), [/must be https/]],
    ['keys over http at 0.0.0.0', withUrl('http://0.0.0.0/jwks'), [/must be https/]],
    ['keys in a file', withUrl('file:///etc/jwks'), [/must be https/]],
    ['keys at no URL', withUrl('a.example/jwks'), ['issuers.0.jwks_url is not a URL']],
    ['a password in the address', withUrl('https://a:b@a.example/jwks'), [/must not carry a user or a password/]],
    [
      'two issuers that speak for whom they like',
      issuers(ONE, ONE.replace('//a.example,', '//b.example,')),
      [/^issuers.0.tenants is required/, /^issuers.1.tenants is required/],
    ],
    [
      'an issuer twice',
      issuers(ONE.replace('}', ', tenants: [a]}'), ONE.replace('}', ', tenants: [b]}')),
      ['the issuer https://a.example is there more than once, AUTH_ISSUER included'],
    ],
  ])('%s', (_what, text, expected) => {
    const faults = faultsOf(text);
    if (expected.length === 0) expect(faults).toEqual([]);
    for (const fault of expected) {
      expect(faults).toContainEqual(typeof fault === 'string' ? fault : expect.stringMatching(fault));
    }
  });

  it('stands beside AUTH_ISSUER, and may not repeat it', () => {
    const entry = ONE.replace('}', ', tenants: [partner]}');
    expect(faultsOf(issuers(entry), OWN)).toEqual([]);
    expect(faultsOf(issuers(ONE), OWN)).toEqual([expect.stringContaining('issuers.0.tenants is required')]);
    expect(faultsOf(issuers(entry), { ...OWN, AUTH_ISSUER: 'https://a.example' })).toHaveLength(1);
    const config = loadConfig({ ...ENVIRONMENT, ...OWN, ISSUERS_FILE: file }, join(folder, 'no.env'));
    expect(readIssuers(config).map(({ name, tenants }) => [name, tenants])).toEqual([
      ['https://id.example', undefined],
      ['https://a.example', new Set(['partner'])],
    ]);
  });

  it('is named with its faults in one list with those of the environment', () => {
    expect(faultsOf(withUrl('ftp://x'), { PORT: 'x', AUTH_AUDIENCE: 'tools' })).toEqual([
      'PORT must be integer, not "x"',
      'AUTH_JWKS_URL is required beside the others of its issuer',
      'AUTH_ISSUER is required beside the others of its issuer',
      'issuers.0.jwks_url must be https, unless it is this machine',
    ]);
  });

  it('does not matter while nobody is asked for a token', () => {
    expect(faultsOf('issuers: []', { AUTH_MODE: 'none' })).toEqual([]);
    expect(readIssuers(parseConfig({ ISSUERS_FILE: file }))).toEqual([]);
  });

  it('is shipped as an example that starts', () => {
    const config = loadConfig({ ...ENVIRONMENT, ISSUERS_FILE: 'config/issuers.example.yaml' }, join(folder, 'no.env'));
    expect(readIssuers(config).map(({ tenantClaim }) => tenantClaim)).toEqual(['tenant', 'organisation']);
  });
});

describe('the issuer of the environment', () => {
  it.each<[string, Record<string, string>, string[]]>([
    ['whole', OWN, []],
    [
      'over http',
      { ...OWN, AUTH_JWKS_URL: 'http://id.example/jwks' },
      ['AUTH_JWKS_URL must be https, unless it is this machine'],
    ],
    ['over http on this machine', { ...OWN, AUTH_JWKS_URL: 'http://localhost:3000/jwks' }, []],
    [
      'without its keys',
      { AUTH_ISSUER: 'https://id.example', AUTH_AUDIENCE: 'x' },
      ['AUTH_JWKS_URL is required beside the others of its issuer'],
    ],
    [
      'with a quote in a scope',
      { ...OWN, AUTH_REQUIRED_SCOPES: 'a "b' },
      ['AUTH_REQUIRED_SCOPES holds what cannot be a scope'],
    ],
  ])('%s', (_what, more, expected) => expect(faultsOf(undefined, more)).toEqual(expected));
});
