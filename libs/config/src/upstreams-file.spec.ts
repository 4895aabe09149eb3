import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readUpstreams, resolveUpstream } from './upstreams-file.js';

const folder = mkdtempSync(join(tmpdir(), 'achilles-upstreams-file-'));
const path = join(folder, 'upstreams.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

const SET: Readonly<Record<string, string>> = { UPSTREAM_A_URL: 'https://a.test/mcp' };
const variable = (name: string) => SET[name];

function read(text: string) {
  writeFileSync(path, text);
  return readUpstreams(path, variable);
}

describe('the upstreams file', () => {
  it('is none where there is no file', () => {
    expect(readUpstreams(join(folder, 'none'), variable)).toEqual({ upstreams: [], virtualServers: [] });
  });

  it('fills in what an entry leaves out', () => {
    const { upstreams } = read('upstreams: { a: { kind: http, url_env: UPSTREAM_A_URL } }');
    expect(upstreams).toEqual([
      expect.objectContaining({
        name: 'a',
        origin: 'file',
        kind: 'http',
        era: 'auto',
        enabled: true,
        tier: 'bronze',
        scopes: ['tools:call'],
        timeout_seconds: 60,
        sessions: 'auto',
        on_change: 'quarantine',
        on_first_sight: 'accept',
        search: false,
      }),
    ]);
  });

  it.each([
    ['upstreams: { A: { kind: http } }', /property name must be valid/],
    ['upstreams: { a_b: { kind: http } }', /property name must be valid/],
    ['upstreams: { a: {} }', /upstreams\.a\.kind must be one of http, sse, stdio, openapi/],
    ['upstreams: { a: { kind: ftp } }', /upstreams\.a\.kind must be one of/],
    ['upstreams: { a: { kind: __proto__ } }', /upstreams\.a\.kind must be one of/],
    ['upstreams: { a: { preset: nothing } }', /upstreams\.a\.preset must be one of/],
    ['upstreams: { a: { preset: __proto__ } }', /upstreams\.a\.preset must be one of/],
    ['upstreams: { a: { preset: [x] } }', /upstreams\.a\.preset must be one of/],
    ['upstreams: { a: { kind: http } }', /url or url_env is required/],
    ['upstreams: { a: { kind: http, url: "ftp://a" } }', /url must be an http or https address/],
    ['upstreams: { a: { kind: http, url: "https://a", url_env: UPSTREAM_A_URL } }', /exclude each other/],
    ['upstreams: { a: { kind: http, url_env: AUDIT_HMAC_KEY } }', /url_env must be a variable whose name begins with/],
    ['upstreams: { a: { kind: http, url_env: UPSTREAM_UNSET } }', /url or url_env is required, and set/],
    ['upstreams: { a: { kind: http, url: "https://a", colour: red } }', /additional properties: colour/],
    ['upstreams: { a: { kind: http, url: "https://a", command: sh } }', /additional properties: command/],
    ['upstreams: { a: { kind: stdio } }', /must have required property 'command'/],
    ['upstreams: { a: { kind: stdio, command: x, env_from: { T: PATH } } }', /env_from\.T must be a variable/],
    ['upstreams: { a: { kind: stdio, command: x, env_from: { T: UPSTREAM_UNSET } } }', /which is not set/],
    ['upstreams: { a: { kind: http, url: "https://a", prefix: "a__b" } }', /prefix must match/],
    ['upstreams: { a: { kind: http, url: "https://a", prefix: "a_" } }', /prefix must match/],
    ['upstreams: { a: { kind: http, url: "https://a", prefix: "a b" } }', /prefix must match/],
    ['upstreams: { a: { kind: http, url: "https://a", timeout_seconds: 0 } }', /timeout_seconds must be >= 0\.05/],
    ['upstreams: { a: { kind: http, url: "https://a", auth: { kind: magic } } }', /auth\.kind must be equal to one of/],
    ['upstreams: { a: { kind: openapi, url: "https://a" } }', /must have required property 'document'/],
    ['upstreams: { a: 1 }', /upstreams\.a must be object/],
    ['virtual_servers: { v: { tools: [] } }', /must NOT have fewer than 1 items/],
    ['virtual_servers: { v: { tools: [{ tool: a, as: "b c" }] } }', /as must match/],
    ['something: {}', /additional properties: something/],
    ['upstreams: [', /upstreams\.yaml/],
  ])('%s', (text, fault) => expect(() => read(text)).toThrow(fault));

  it('names every fault of every entry', () => {
    const text = 'upstreams: { a: { kind: http }, b: { kind: stdio }, c: { kind: x } }';
    expect(() => read(text)).toThrow(/upstreams\.a\.[^]*upstreams\.b\.[^]*upstreams\.c\./);
  });

  it.each(['', 'a', 'a-b', 'a_b', 'A.b'])('takes the prefix %j', (prefix) => {
    const { spec } = resolveUpstream('a', { kind: 'http', url: 'https://a.test', prefix }, 'admin', variable);
    expect(spec).toMatchObject({ prefix, origin: 'admin' });
  });
});
