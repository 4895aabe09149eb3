import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { secretIn, secretPlace } from './upstream-auth.js';
import { resolveUpstream, type UpstreamAuth, type UpstreamSpec } from './upstreams-file.js';
import { vaultFaults } from './vault-faults.js';

const folder = mkdtempSync(join(tmpdir(), 'achilles-upstream-auth-'));
const good = join(folder, 'good');
const empty = join(folder, 'empty');
writeFileSync(good, 'the-token-of-a-file-01\n');
writeFileSync(empty, '\n');
afterAll(() => rmSync(folder, { recursive: true }));

const SET: Readonly<Record<string, string>> = {
  UPSTREAM_TOKEN: 'the-token-of-a-test-01',
  UPSTREAM_WORDS: 'two words',
  UPSTREAM_BREAK: 'a\r\nx-evil: 1',
  UPSTREAM_FILED_FILE: good,
  UPSTREAM_BOTH: 'the-token-of-a-test-02',
  UPSTREAM_BOTH_FILE: good,
  UPSTREAM_EMPTY_FILE: empty,
  UPSTREAM_GONE_FILE: join(folder, 'gone'),
  BRIGHTDATA_API_TOKEN: 'the-token-of-bright-data',
  AUDIT_HMAC_KEY: 'K7vQ2m9Xz4Lw8Rt1Yp6Ns3Jd5Hf0Gb7Ca',
};
const variable = (name: string) => SET[name];

function faultsOf(auth: object, more: object = {}, origin: 'file' | 'admin' = 'file'): readonly string[] {
  return resolveUpstream('a', { kind: 'http', url: 'https://a.test/mcp', auth, ...more }, origin, variable).faults;
}

const SERVER = { issuer: 'https://idp.test', client_id: 'gw', client_secret_env: 'UPSTREAM_WORDS' };

describe('what an upstream is shown', () => {
  it.each<[string, object]>([
    ['nothing', { kind: 'none' }],
    ['a token of the environment', { kind: 'bearer', value_env: 'UPSTREAM_TOKEN' }],
    ['a token of a file', { kind: 'bearer', value_file: good }],
    ['a token of a file that the environment names', { kind: 'bearer', value_env: 'UPSTREAM_FILED' }],
    ['a token of Bright Data', { kind: 'query', name: 'token', value_env: 'BRIGHTDATA_API_TOKEN' }],
    ['a header', { kind: 'header', name: 'X-Api-Key', value_env: 'UPSTREAM_WORDS' }],
    ['a scheme of its own', { kind: 'header', name: 'Authorization', value_env: 'UPSTREAM_WORDS' }],
    ['a client', { kind: 'client_credentials', ...SERVER, scopes: ['a:b'], audience: 'x' }],
    [
      'a client of an address',
      { kind: 'client_credentials', ...SERVER, issuer: undefined, token_url: 'https://idp.test/t?a=b' },
    ],
    ['a client of both', { kind: 'token_exchange', ...SERVER, token_url: 'https://idp.test/t' }],
    ['a client of this machine', { kind: 'token_exchange', ...SERVER, issuer: 'http://127.0.0.1:1' }],
    ['users', { kind: 'user' }],
    ['users of a public client', { kind: 'user', issuer: 'https://idp.test', client_id: 'gw', scopes: ['a'] }],
    ['users of a client', { kind: 'user', ...SERVER }],
  ])('may be %s', (_what, auth) => {
    expect(faultsOf(JSON.parse(JSON.stringify(auth)) as object)).toEqual([]);
  });

  it.each<[object, string[]]>([
    [{ kind: 'none', name: 'x' }, ['auth.name does not go with kind none']],
    [{ kind: 'bearer' }, ['auth.value_env or auth.value_file is required by kind bearer']],
    [
      { kind: 'bearer', value_env: 'UPSTREAM_TOKEN', value_file: good },
      ['auth.value_env and auth.value_file exclude each other'],
    ],
    [
      { kind: 'bearer', value_env: 'UPSTREAM_TOKEN', name: 'x', issuer: 'https://a' },
      ['auth.name does not go with kind bearer', 'auth.issuer does not go with kind bearer'],
    ],
    [
      { kind: 'bearer', value_env: 'AUDIT_HMAC_KEY' },
      ['auth.value_env must be a variable whose name begins with UPSTREAM_'],
    ],
    [
      { kind: 'bearer', value_env: 'DATABASE_URL' },
      ['auth.value_env must be a variable whose name begins with UPSTREAM_'],
    ],
    [{ kind: 'bearer', value_env: 'UPSTREAM_UNSET' }, ['auth.value_env names UPSTREAM_UNSET, which is not set']],
    [
      { kind: 'bearer', value_env: 'UPSTREAM_BOTH' },
      ['auth.value_env: UPSTREAM_BOTH and UPSTREAM_BOTH_FILE are both set'],
    ],
    [
      { kind: 'bearer', value_env: 'UPSTREAM_WORDS' },
      ['auth.value_env: UPSTREAM_WORDS holds nothing that can be sent'],
    ],
    [
      { kind: 'bearer', value_env: 'UPSTREAM_BREAK' },
      ['auth.value_env: UPSTREAM_BREAK holds nothing that can be sent'],
    ],
    [
      { kind: 'bearer', value_file: join(folder, 'gone') },
      [expect.stringMatching(/^auth\.value_file names .*gone, which cannot be read$/) as never],
    ],
    [
      { kind: 'bearer', value_file: empty },
      [expect.stringMatching(/^auth\.value_file names .*empty, which holds nothing/) as never],
    ],
    [
      { kind: 'bearer', value_env: 'UPSTREAM_EMPTY' },
      [expect.stringMatching(/^auth\.value_env: UPSTREAM_EMPTY_FILE names .*, which holds nothing/) as never],
    ],
    [
      { kind: 'bearer', value_env: 'UPSTREAM_GONE' },
      [expect.stringMatching(/^auth\.value_env: UPSTREAM_GONE_FILE names .*, which cannot be read/) as never],
    ],
    [{ kind: 'header', value_env: 'UPSTREAM_TOKEN' }, ['auth.name is required by kind header']],
    [
      { kind: 'header', name: 'X', value_env: 'UPSTREAM_BREAK' },
      ['auth.value_env: UPSTREAM_BREAK holds nothing that can be sent'],
    ],
    [
      { kind: 'header', name: 'Host', value_env: 'UPSTREAM_TOKEN' },
      ["auth.name Host is a header of the protocol's own"],
    ],
    [
      { kind: 'header', name: 'mcp-session-id', value_env: 'UPSTREAM_TOKEN' },
      ["auth.name mcp-session-id is a header of the protocol's own"],
    ],
    [
      { kind: 'header', name: 'Content-Length', value_env: 'UPSTREAM_TOKEN' },
      ["auth.name Content-Length is a header of the protocol's own"],
    ],
    [{ kind: 'query', value_file: good }, ['auth.name is required by kind query']],
    [
      { kind: 'client_credentials' },
      [
        'auth.client_id is required by kind client_credentials',
        'auth.client_secret_env or auth.client_secret_file is required by kind client_credentials',
        'auth.issuer or auth.token_url is required by kind client_credentials',
      ],
    ],
    [
      { kind: 'client_credentials', ...SERVER, issuer: 'http://idp.test' },
      ['auth.issuer must be https, unless it is this machine'],
    ],
    [
      { kind: 'client_credentials', ...SERVER, issuer: 'https://u:p@idp.test' },
      ['auth.issuer must not carry a user or a password'],
    ],
    [
      { kind: 'client_credentials', ...SERVER, issuer: 'https://idp.test?a=b' },
      ['auth.issuer must not have a query or a fragment'],
    ],
    [{ kind: 'client_credentials', ...SERVER, issuer: 'idp' }, ['auth.issuer is not a URL']],
    [
      { kind: 'token_exchange', ...SERVER, token_url: 'https://idp.test/t#x' },
      ['auth.token_url must not have a fragment'],
    ],
    [{ kind: 'token_exchange', ...SERVER, client_id: 'a\nb' }, ['auth.client_id must be printable']],
    [{ kind: 'user', token_url: 'https://idp.test/t' }, ['auth.token_url does not go with kind user']],
    [{ kind: 'user', client_secret_env: 'UPSTREAM_WORDS' }, ['auth.client_id is required beside a client secret']],
    [
      { kind: 'user', client_id: 'gw', client_secret_env: 'UPSTREAM_WORDS', client_secret_file: good },
      ['auth.client_secret_env and auth.client_secret_file exclude each other'],
    ],
  ])('is refused as %j', (auth, faults) => {
    expect(faultsOf(auth)).toEqual(faults);
  });

  it('is told without its value', () => {
    const faults = Object.keys(SET).flatMap((name) => faultsOf({ kind: 'bearer', value_env: name }));
    expect(faults).toHaveLength(4);
    for (const value of Object.values(SET).filter((each) => !each.includes('/')))
      expect(faults.join()).not.toContain(value);
  });

  it.each([
    ['http://a.test/mcp', 1],
    ['http://10.0.0.1/mcp', 1],
    ['http://localhost.evil.test/mcp', 1],
    ['http://127.0.0.1:3000/mcp', 0],
    ['http://localhost:3000/mcp', 0],
    ['http://[::1]:3000/mcp', 0],
    ['https://a.test/mcp', 0],
  ])('is not sent in the clear: %s', (url, count) => {
    const faults = faultsOf({ kind: 'bearer', value_env: 'UPSTREAM_TOKEN' }, { url });
    expect(faults).toEqual(
      Array(count).fill('auth is not sent in the clear: the address must be https, unless it is this machine'),
    );
    expect(faultsOf({ kind: 'none' }, { url })).toEqual([]);
  });

  it('comes out of no file of this machine where the admin API says so', () => {
    expect(faultsOf({ kind: 'bearer', value_file: good }, {}, 'admin')).toEqual([
      'auth.value_file is for config/upstreams.yaml only',
    ]);
    const auth = { ...SERVER, kind: 'user', client_secret_env: undefined, client_secret_file: good };
    expect(faultsOf(JSON.parse(JSON.stringify(auth)) as object, {}, 'admin')).toEqual([
      'auth.client_secret_file is for config/upstreams.yaml only',
    ]);
    expect(faultsOf({ kind: 'bearer', value_env: 'UPSTREAM_TOKEN' }, {}, 'admin')).toEqual([]);
  });

  it('is of no user where users come back to', () => {
    const { faults } = resolveUpstream(
      'callback',
      { kind: 'http', url: 'https://a.test', auth: { kind: 'user' } },
      'file',
      variable,
    );
    expect(faults).toEqual([expect.stringMatching(/^auth\.kind user is not for an upstream of this name/)]);
  });
});

describe('a secret', () => {
  it.each<[UpstreamAuth['kind'], string, string | undefined]>([
    ['bearer', 'the-token-01\n', 'the-token-01'],
    ['bearer', 'short', undefined],
    ['bearer', 'with space 01', undefined],
    ['header', ' a b \n', 'a b'],
    ['header', 'a\u0000b', undefined],
    ['header', 'ä', undefined],
    ['query', '', undefined],
    ['query', 'x'.repeat(8_193), undefined],
  ])('for %s in %j is %j', (kind, text, secret) => expect(secretIn(kind, text)).toBe(secret));

  it('is where it is', () => {
    const placeOf = (auth: object) => secretPlace(auth as UpstreamAuth, 'value', variable);
    expect(placeOf({ kind: 'bearer', value_env: 'UPSTREAM_TOKEN' })).toEqual({ value: SET['UPSTREAM_TOKEN'] });
    expect(placeOf({ kind: 'bearer', value_env: 'UPSTREAM_FILED' })).toEqual({ file: good });
    expect(placeOf({ kind: 'bearer', value_file: good })).toEqual({ file: good });
    expect(placeOf({ kind: 'bearer', value_env: 'UPSTREAM_UNSET' })).toBeUndefined();
    expect(placeOf({ kind: 'none' })).toBeUndefined();
  });
});

describe('upstreams that want to know their users', () => {
  const { spec } = resolveUpstream(
    'n',
    { kind: 'http', url: 'https://a.test', auth: { kind: 'user' } },
    'file',
    variable,
  );
  const vault = (more: object, specs: readonly UpstreamSpec[] = [spec!]) =>
    vaultFaults({ ACHILLES_CORE: 'embedded', HOST: '127.0.0.1', ...more } as Parameters<typeof vaultFaults>[0], specs);
  const because = 'for upstreams.n.auth, whose kind is user';

  it.each<[string, object, string[]]>([
    ['the embedded PostgreSQL', {}, []],
    ['a database without a key', { DATABASE_URL: 'postgres://h/d' }, [`VAULT_KEY is required ${because}`]],
    ['a database and a key', { DATABASE_URL: 'postgres://h/d', VAULT_KEY: 'k' }, []],
    ['a remote Core', { ACHILLES_CORE: 'remote', DATABASE_URL: 'postgres://h/d' }, []],
    ['an open door', { HOST: '0.0.0.0' }, [`PUBLIC_URL is required ${because}`]],
    ['an open door with a name', { HOST: '0.0.0.0', PUBLIC_URL: 'https://gw.test' }, []],
  ])('with %s', (_what, config, faults) => expect(vault(config)).toEqual(faults));

  it('are the only ones that need a key', () => {
    expect(vault({ DATABASE_URL: 'postgres://h/d', HOST: '0.0.0.0' }, [])).toEqual([]);
  });
});
