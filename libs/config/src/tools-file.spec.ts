import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from './load-config.js';
import { OperatorFileError } from './read-operator-file.js';
import { readTools } from './tools-file.js';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'achilles-tools-'));
  file = join(folder, 'tools.yaml');
});
afterAll(() => rm(folder, { recursive: true }));

const SET: Readonly<Record<string, string>> = { BACKEND_A_URL: 'https://a.internal/base' };
const read = () => readTools(file, (name) => SET[name]);

async function faultsOf(text: string): Promise<string> {
  await writeFile(file, text);
  try {
    read();
    return '';
  } catch (error) {
    return (error as OperatorFileError).faults.join('\n');
  }
}

const BACKENDS = 'backends: { a: { url_env: BACKEND_A_URL } }';
const INPUT = 'inputSchema: { type: object, additionalProperties: false, properties: { q: { type: string } } }';
const tool = (more: string, input = INPUT) =>
  `${BACKENDS}\ntools: { t: { description: d, tier: bronze, backend: a, path: /v1/t, ${input}${more && `, ${more}`} } }`;
const schema = (text: string) => tool('', `inputSchema: ${text}`);

describe('a tools file', () => {
  it.each<[string, RegExp]>([
    ['', /must be object/],
    ['tools: {}', /must have required property 'backends'/],
    ['backends: {}\ntools: {}\nmore: 1', /additional properties: more/],
    ['backends: { A: { url: https://a } }\ntools: {}', /property name must be valid/],
    [`${BACKENDS}\ntools: { "a b": {} }`, /property name must be valid/],
    [`${BACKENDS}\ntools: { ${'x'.repeat(65)}: {} }`, /property name must be valid/],
    [`${BACKENDS}\ntools:\n  t: {}\n  t: {}`, /unique/],
    [tool('backend: b'), /unique/],
    [tool('').replace('backend: a', 'backend: b'), /^tools\.t\.backend "b" is not one of backends$/],
    [tool('').replace('tier: bronze', 'tier: platinum'), /tools\.t\.tier must be/],
    [tool('').replace('description: d, ', ''), /tools\.t must have required property 'description'/],
    [tool('').replace('/v1/t', 'v1/t'), /tools\.t\.path must begin with \//],
    [tool('').replace('/v1/t', '/v1/../t'), /tools\.t\.path must not hold \. or \.\./],
    [tool('').replace('/v1/t', '/v1/%2e%2e/t'), /tools\.t\.path must begin/],
    [tool('').replace('/v1/t', '//evil.example/t'), /tools\.t\.path must not hold \/\//],
    [tool('').replace('/v1/t', '/v1/t?a=b'), /tools\.t\.path must begin/],
    [tool('').replace('/v1/t', '"/v1\\\\t"'), /tools\.t\.path must begin/],
    [tool('timeout_seconds: 0'), /tools\.t\.timeout_seconds must be >= 0.05/],
    [tool('timeout_seconds: 5, try_timeout_seconds: 6'), /try_timeout_seconds must not be more/],
    [tool('cache_seconds: 60'), /cache_seconds needs annotations.readOnlyHint/],
    [tool('cache_seconds: 60, annotations: { readOnlyHint: false }'), /cache_seconds needs/],
    [tool('max_result_bytes: 10'), /max_result_bytes must be >= 1024/],
    [tool('concurrency: 0'), /concurrency must be >= 1/],
    [tool('annotations: { readonlyHint: true }'), /additional properties: readonlyHint/],
    [tool('retries: 3'), /additional properties: retries/],
    [tool('scopes: ["a b"]'), /scopes.0 must match/],
    [tool('checks: { q: sql }'), /tools\.t\.checks\.q must be equal/],
    [tool('checks: { p: path }'), /tools\.t\.checks\.p is not an argument/],
    [tool('checks: { toString: path }'), /checks\.toString is not an argument/],
    [schema('{ type: object }'), /must say additionalProperties/],
    [schema('{ type: array, additionalProperties: false }'), /inputSchema\.type must be object/],
    [schema('{ type: object, additionalProperties: false, propertys: {} }'), /unknown keyword: "propertys"/],
    [
      schema('{ type: object, additionalProperties: false, properties: { q: { type: strnig } } }'),
      /type must be JSONType/,
    ],
    [
      schema('{ type: object, additionalProperties: false, properties: { q: { maxLenght: 1 } } }'),
      /unknown keyword: "maxLenght"/,
    ],
    [schema('{ type: object, additionalProperties: false, properties: { q: { pattern: "[" } } }'), /egular expression/],
    [
      schema('{ type: object, additionalProperties: false, properties: { q: { format: emial } } }'),
      /unknown format "emial"/,
    ],
    [
      schema('{ type: object, additionalProperties: false, properties: { q: { $ref: "https://evil.example/s" } } }'),
      /can't resolve reference/,
    ],
    [schema('{ type: object, additionalProperties: false, $async: true }'), /\$async/],
    [
      schema(`{ type: object, additionalProperties: false, not: ${'{ not: '.repeat(20)}{}${' }'.repeat(20)} }`),
      /nested deeper than 16/,
    ],
    [
      schema(`{ type: object, additionalProperties: false, description: ${'x'.repeat(66_000)} }`),
      /larger than 65536 bytes/,
    ],
    [tool('outputSchema: { type: objekt }'), /tools\.t\.outputSchema is no usable JSON Schema/],
  ])('%# is refused, and says where', async (text, fault) => expect(await faultsOf(text)).toMatch(fault));

  it.each([
    tool(''),
    tool('checks: { q: path }, cache_seconds: 5, annotations: { readOnlyHint: true }, concurrency: 3'),
    tool('method: GET, title: T, scopes: [], progress: true'),
    schema('{ type: object, additionalProperties: true }'),
    schema(
      '{ type: object, unevaluatedProperties: false, $defs: { x: { type: string } }, properties: { q: { $ref: "#/$defs/x" } } }',
    ),
    schema(
      '{ type: object, additionalProperties: false, properties: { q: { type: string, format: uri, x-mcp-header: Q } } }',
    ),
    `${BACKENDS}\ntools: {}`,
  ])('%# is taken', async (text) => expect(await faultsOf(text)).toBe(''));

  it('is whole once it is read', async () => {
    await faultsOf(tool(''));
    const { backends, tools } = read();
    expect([...backends.values()]).toEqual([{ name: 'a', url: 'https://a.internal/base' }]);
    expect(tools.get('t')).toMatchObject({
      scopes: ['tools:call'],
      method: 'POST',
      timeout_seconds: 30,
      idempotent: false,
      cache_seconds: 0,
      max_result_bytes: 262_144,
    });
  });

  it('lists every fault at once', async () => {
    const faults = await faultsOf(tool('cache_seconds: 60').replace('/v1/t', 'v1').replace('backend: a', 'backend: b'));
    expect(faults.split('\n')).toHaveLength(3);
  });

  it('may be missing: there are no tools then', () => {
    expect(readTools(join(folder, 'none.yaml'), () => undefined).tools.size).toBe(0);
  });

  it('stops a start, beside what is wrong with the environment', async () => {
    await writeFile(file, tool('cache_seconds: 60'));
    const environment = { TOOLS_FILE: file, PORT: 'x', BACKEND_A_URL: 'https://a.internal' };
    expect(() => loadConfig(environment, '/dev/null')).toThrow(
      /2 fault\(s\)[\s\S]*tools\.yaml: tools\.t\.cache_seconds/,
    );
    await writeFile(file, tool(''));
    expect(loadConfig({ ...environment, PORT: '' }, '/dev/null')).toMatchObject({
      BACKEND_A_URL: 'https://a.internal',
    });
  });
});
