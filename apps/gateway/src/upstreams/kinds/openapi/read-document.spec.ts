import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import type { ApiDocument, DocumentWishes } from './api-operation.js';
import { readDocument } from './read-document.js';

const fixture = (name: string) => readFileSync(`test/fixtures/openapi/${name}`, 'utf8');
const read = (name: string, wishes?: DocumentWishes) => readDocument(fixture(name), wishes);

const operation = ({ operations }: ApiDocument, name: string) =>
  operations.find(({ definition }) => definition.name === name)!;
const input = (document: ApiDocument, name: string) => operation(document, name).definition.inputSchema;
const property = (document: ApiDocument, name: string, argument: string) =>
  (input(document, name)['properties'] as Record<string, unknown>)[argument];

/** A document with one operation at `/a`. */
const withGet = (get: unknown, more: JsonObject = {}) =>
  JSON.stringify({ openapi: '3.1.0', info: { title: 't', version: '1' }, paths: { '/a': { get } }, ...more });
const query = (schema: unknown) => ({ parameters: [{ name: 'q', in: 'query', schema }] });

describe('a document of OpenAPI 3.0', () => {
  it('becomes tools with names of their own, in its order', async () => {
    const { operations, server, title, version } = await read('petstore-3.0.yaml');
    expect(operations.map(({ definition, method, path }) => [definition.name, `${method} ${path}`])).toEqual([
      ['listPets', 'GET /pets'],
      ['create_pet', 'POST /pets'],
      ['get_pets_petId', 'GET /pets/{petId}'],
      ['replacePet', 'PUT /pets/{petId}'],
      ['deletePet', 'DELETE /pets/{petId}'],
      ['uploadPhoto', 'POST /pets/{petId}/photo'],
      ['listPets_2', 'POST /login'],
    ]);
    expect([title, version, server]).toEqual(['Petstore with odd corners', '1.2.3', 'https://eu.pets.example/v2']);
  });

  it('leaves out alone what cannot be called, and says why', async () => {
    const { leftOut } = await read('petstore-3.0.yaml');
    expect(leftOut).toEqual([
      { operation: 'PUT /raw', reason: 'its body is application/octet-stream' },
      { operation: 'GET /lost/{nowhere}', reason: 'its path has {nowhere}, which is no parameter of it' },
      {
        operation: 'GET /outside',
        reason: 'it refers to "http://169.254.169.254/latest/meta-data/#/x", which is never read',
      },
    ]);
  });

  it('has no argument for cookies and credentials', async () => {
    const credential = { in: 'query', name: 'api_key' } as const;
    const document = await read('petstore-3.0.yaml', { credential });
    expect(Object.keys(input(document, 'listPets')['properties'] as object)).toEqual([
      'X-Trace',
      'limit',
      'tags',
      'filter',
      'where',
    ]);
    expect(input(document, 'listPets')['required']).toBeUndefined();
  });

  it.each([
    ['listPets', 'X-Trace', { type: ['string', 'null'] }],
    ['listPets', 'limit', { type: 'integer', format: 'int32', exclusiveMinimum: 0, maximum: 100, examples: [20] }],
    ['listPets', 'filter', { $ref: '#/$defs/Filter' }],
    ['listPets', 'where', { type: 'object' }],
    ['create_pet', 'kind', { type: ['string', 'null'], enum: ['cat', 'dog', null] }],
    ['create_pet', 'born', { type: 'string', format: 'date', examples: ['2020-02-02'] }],
    ['create_pet', 'parents', { type: 'array', items: { $ref: '#/$defs/Pet' } }],
    ['create_pet', 'owner', { anyOf: [{ allOf: [{ $ref: '#/$defs/Owner' }] }, { type: 'null' }] }],
    ['uploadPhoto', 'photo', { type: 'string', format: 'binary', contentEncoding: 'base64' }],
    ['replacePet', 'name', { type: 'string' }],
  ])('%s(%s) is 2020-12', async (name, argument, schema) => {
    expect(property(await read('petstore-3.0.yaml'), name, argument)).toEqual(schema);
  });

  it('flattens a body, without what only the API writes', async () => {
    const document = await read('petstore-3.0.yaml');
    const { required, properties } = input(document, 'create_pet');
    expect([required, Object.keys(properties as object)]).toEqual([
      ['name'],
      ['X-Trace', 'name', 'kind', 'born', 'parents', 'owner'],
    ]);
    expect(operation(document, 'create_pet').body).toMatchObject({ mediaType: 'application/json', kind: 'json' });
  });

  it('keeps a body in one argument where a name of it is taken, or it may be left out', async () => {
    const document = await read('petstore-3.0.yaml');
    expect(input(document, 'replacePet')).toMatchObject({
      properties: { petId: {}, name: { type: 'string' }, body: { type: 'object', required: ['name'] } },
      required: ['petId'],
    });
  });

  it('tells what a call may do, and that it is deprecated', async () => {
    const document = await read('petstore-3.0.yaml');
    const told = (name: string) => operation(document, name).definition;
    expect(['listPets', 'create_pet', 'replacePet', 'deletePet'].map((name) => told(name).annotations)).toEqual([
      { readOnlyHint: true, idempotentHint: true },
      { readOnlyHint: false },
      { readOnlyHint: false, idempotentHint: true },
      { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
    ]);
    expect(told('create_pet').description).toBe('Deprecated. POST /pets');
    expect(told('listPets')).toMatchObject({ title: 'Lists pets', description: 'Lists pets, the youngest first.' });
    expect(told('listPets')).not.toHaveProperty('outputSchema');
  });

  it.each([
    [['deletePet'], ['deletePet']],
    [['GET /pets*'], ['listPets', 'get_pets_petId']],
    [
      ['*Pet', 'POST /login'],
      ['replacePet', 'deletePet', 'listPets'],
    ],
    [['nothing'], []],
  ])('offers those of %j', async (patterns, names) => {
    const { operations } = await read('petstore-3.0.yaml', { patterns });
    expect(operations.map(({ definition }) => definition.name)).toEqual(names);
  });
});

describe('a document of OpenAPI 3.1', () => {
  it('keeps its schemas, what holds itself too', async () => {
    const document = await read('petstore-3.1.json');
    expect(document.faults).toEqual([]);
    expect(input(document, 'plant')).toEqual({
      type: 'object',
      properties: {
        label: { type: ['string', 'null'], examples: ['a'] },
        children: { type: 'array', items: { $ref: '#/$defs/Node' } },
      },
      additionalProperties: false,
      $defs: {
        Node: {
          type: 'object',
          properties: {
            label: { type: ['string', 'null'], examples: ['a'] },
            children: { type: 'array', items: { $ref: '#/$defs/Node' } },
          },
        },
      },
    });
    expect(property(document, 'pets_get_one', 'fields')).toEqual({ type: 'array', items: { enum: ['name', null] } });
    expect(property(document, 'batch', 'body')).toEqual({
      type: 'array',
      prefixItems: [{ type: 'string' }],
      items: {},
    });
    expect(property(document, 'note', 'body')).toEqual({ type: 'string' });
    // Members that have no name yet could not be arguments of their own.
    expect(property(document, 'open', 'body')).toMatchObject({ additionalProperties: { type: 'number' } });
  });
});

it('reads the document of this gateway', async () => {
  const { operations, leftOut, faults } = await readDocument(readFileSync('docs/openapi.json', 'utf8'));
  const { paths } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as { paths: Record<string, object> };
  const all = Object.values(paths).flatMap((path) => Object.keys(path).filter((key) => key !== 'parameters'));
  expect([operations.length, leftOut, faults]).toEqual([all.length, [], []]);
});

it.each(['petstore-3.0.yaml', 'petstore-3.1.json'])('%s: every input schema compiles', async (name) => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  for (const { definition } of (await read(name)).operations) {
    expect(definition.name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(ajv.compile(definition.inputSchema)).toBeInstanceOf(Function);
  }
});

describe('what is no document', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
    .split('')
    .map((name, i) => `${name}: &${name} [${`*${'abcdefghi'[i]!},`.repeat(9)}]`)
    .join('\n')}`;
  it.each([
    ['', /no object/],
    ['null', /no object/],
    ['[]', /no object/],
    ['{"openapi":', /neither JSON nor YAML/],
    ['a: [', /neither JSON nor YAML/],
    ['{"swagger":"2.0","paths":{}}', /no OpenAPI 3\.0 or 3\.1 \("2\.0"\)/],
    ['{"openapi":3,"paths":{}}', /no OpenAPI/],
    ['{"openapi":"4.0.0","paths":{}}', /no OpenAPI/],
    ['{"openapi":"3.10.0","paths":{}}', /no OpenAPI/],
    ['{"openapi":"3.1.0"}', /no paths/],
    [bomb, /alias/i],
    ['openapi: 3.1.0\npaths: &a { b: *a }', /nested more deeply|neither/],
    [`{"openapi":"3.1.0","paths":${'{"a":'.repeat(200)}1${'}'.repeat(200)}}`, /nested more deeply than 128/],
    [`{"openapi":"3.1.0","paths":{},"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, /nested|neither|call stack/],
    [`{"openapi":"3.1.0","paths":{},"x":[${'1,'.repeat(2_000_000)}1]}`, /more than 2000000 values/],
  ])('%.40j is refused: %s', async (text, reason) => {
    await expect(readDocument(text)).rejects.toThrow(reason);
  });
});

describe('a hostile operation', () => {
  const nested = (levels: number): unknown =>
    levels === 0 ? { type: 'string' } : { properties: { a: nested(levels - 1) } };
  it.each([
    ['a file', query({ $ref: 'file:///etc/passwd' }), /file:\/\/\/etc\/passwd.*never read/],
    ['another file', query({ $ref: './other.yaml#/a' }), /never read/],
    ['the network', query({ $ref: 'http://169.254.169.254/latest' }), /never read/],
    ['nowhere', query({ $ref: '#/components/schemas/Gone' }), /not in the document/],
    ['what every object has', query({ $ref: '#/constructor' }), /not in the document/],
    ['a prototype', query({ $ref: '#/__proto__' }), /not in the document/],
    ['an anchor', query({ $ref: '#there' }), /anchor/],
    ['no address', query({ $ref: '#/%ff' }), /no address/],
    ['itself', { parameters: [{ $ref: '#/paths/~1a/get/parameters/0' }] }, /circles/],
    ['dynamically', query({ $dynamicRef: '#x' }), /dynamically/],
    ['a schema that is a number', query(5), /no object/],
  ])('that refers to %s is left out', async (_what, get, reason) => {
    const { operations, leftOut } = await readDocument(withGet(get));
    expect([operations, leftOut]).toEqual([[], [{ operation: 'GET /a', reason: expect.stringMatching(reason) }]]);
  });

  it('with a schema a hundred deep stays small', async () => {
    const { operations } = await readDocument(withGet(query(nested(50))));
    expect(JSON.stringify(operations).length).toBeLessThan(2_000);
  });

  it('that fans out without end stays small', async () => {
    const schemas = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, i) => [
        `S${i}`,
        {
          properties: Object.fromEntries(
            Array.from({ length: 20 }, (__, j) => [`p${j}`, { $ref: `#/components/schemas/S${(i + j + 1) % 1_000}` }]),
          ),
        },
      ]),
    );
    const { operations } = await readDocument(
      withGet(query({ $ref: '#/components/schemas/S0' }), { components: { schemas } }),
    );
    const { inputSchema } = operations[0]!.definition;
    expect(JSON.stringify(inputSchema).length).toBeLessThan(250_000);
    expect(new Ajv2020({ strict: false }).compile(inputSchema)).toBeInstanceOf(Function);
  });

  it.each([
    '/../admin',
    '/a/%2e%2e/b',
    '/a/%252e%252e/b',
    '/a?b=c',
    '/a#b',
    '//evil.example/a',
    '/a\\b',
    '/a\r\nb',
    '/..;/a',
  ])('at %j is left out', async (path) => {
    const document = { openapi: '3.1.0', info: { title: 't', version: '1' }, paths: { [path]: { get: {} } } };
    const { operations, leftOut } = await readDocument(JSON.stringify(document));
    expect([operations.length, leftOut.length]).toEqual([0, 1]);
  });

  it('with names of prototypes makes no argument of them', async () => {
    const text = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{"operationId":"constructor","requestBody":{"required":true,
      "content":{"application/json":{"schema":{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"},"a":{"type":"string"}}}}}}}}}}`;
    const { operations } = await readDocument(text);
    expect(Object.keys(operations[0]!.definition.inputSchema['properties'] as object)).toEqual(['constructor', 'a']);
    expect(({} as Record<string, unknown>)['type']).toBeUndefined();
  });

  it('does not harm the ten thousand others', async () => {
    const paths: Record<string, unknown> = { '/bad': { get: query({ $ref: 'http://evil.example/' }) } };
    for (let i = 0; i < 10_000; i++) paths[`/a${i}`] = { get: { operationId: `x${'y'.repeat(80)}${i}` } };
    const text = JSON.stringify({ openapi: '3.1.0', info: { title: 't', version: '1' }, paths });
    const { operations, leftOut } = await readDocument(text);
    const names = new Set(operations.map(({ definition }) => definition.name));
    expect([names.size, leftOut.length]).toEqual([10_000, 1]);
  });

  it.each([
    [{ pattern: '(' }, {}],
    [{ pattern: 'a'.repeat(300) }, {}],
    [{ type: 'file', enum: [] }, {}],
    [{ type: ['string', 'any', 'string'] }, { type: 'string' }],
    [{ required: true, minLength: -1, multipleOf: 0, maximum: 'x' }, {}],
    [{ default: 'x'.repeat(3_000), $id: 'http://a', $schema: 'http://b', if: true }, { if: {} }],
    [true, {}],
    [false, { not: {} }],
  ])('with the schema %j shows %j', async (schema, shown) => {
    const { operations } = await readDocument(withGet(query(schema)));
    expect((operations[0]!.definition.inputSchema['properties'] as Record<string, unknown>)['q']).toEqual(shown);
  });
});
