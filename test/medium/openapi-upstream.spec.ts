import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { type OpenApiUpstream, resolveUpstream } from '#config/upstreams-file.js';
import { EgressClient } from '#egress/egress-client.js';
import { SILENT } from '#gateway/tools/call-channel.js';
import type { JsonObject, ToolDefinition, ToolResult } from '#gateway/tools/tool.js';
import { type Credential, Credentials, NO_CREDENTIAL } from '#gateway/upstreams/credentials/credentials.js';
import { OpenApiConnections } from '#gateway/upstreams/kinds/openapi.upstream.js';
import { UpstreamOrigins } from '#gateway/upstreams/upstream-origin.js';
import { readInThread } from '#gateway/upstreams/kinds/openapi/document-thread.js';
import type { UpstreamConnection } from '#gateway/upstreams/upstream-connection.js';
import { OriginServer } from '../support/origin-server.js';

const { signal } = new AbortController();
const SECRET: Credential = {
  ...NO_CREDENTIAL,
  headers: { 'X-Api-Key': 'sk-secret-123' },
  query: { api_key: 'sk-query-456' },
};

/** Shows what the test says. */
class ScriptedCredentials extends Credentials {
  shown: Credential = NO_CREDENTIAL;
  next: Credential | undefined;

  constructor() {
    super(undefined as never);
  }

  override of(): Credential {
    return this.shown;
  }

  override refused(): boolean {
    if (!this.next) return false;
    this.shown = this.next;
    this.next = undefined;
    return true;
  }
}

beforeAll(() => Logger.overrideLogger(false));

let stack: AsyncDisposableStack;
let api: OriginServer;
let egress: EgressClient;
let credentials: ScriptedCredentials;
let folder: string;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  api = stack.use(await OriginServer.start());
  egress = stack.adopt(new EgressClient(), (it) => it.close());
  credentials = new ScriptedCredentials();
  folder = stack.adopt(await mkdtemp(join(tmpdir(), 'achilles-openapi-')), (it) => rm(it, { recursive: true }));
});
afterEach(() => stack.disposeAsync());

function open(entry: JsonObject, origin: OpenApiUpstream['origin'] = 'file'): UpstreamConnection {
  const { spec, faults } = resolveUpstream('shop', { kind: 'openapi', ...entry }, origin, () => undefined);
  if (!spec) throw new Error(faults.join());
  const config = { get: () => undefined } as unknown as ConfigService<Config, true>;
  const connection = new OpenApiConnections(new UpstreamOrigins(egress, config), credentials).open(
    spec as OpenApiUpstream,
  );
  return stack.adopt(connection, (it) => it.close());
}

const request = (connection: UpstreamConnection, method: string, params: JsonObject = {}) =>
  connection.request({ method, params, caller: undefined, signal, channel: SILENT, idempotent: false });
const call = async (connection: UpstreamConnection, name: string, args: JsonObject = {}) =>
  (await request(connection, 'tools/call', { name, arguments: args })) as unknown as ToolResult;
const names = async (connection: UpstreamConnection) =>
  ((await request(connection, 'tools/list'))['tools'] as ToolDefinition[]).map(({ name }) => name);

const PETSTORE = 'test/fixtures/openapi/petstore-3.0.yaml';
const oneGet = (name: string, servers: unknown[] = []) =>
  JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'Small', version: '7', description: 'How to use it.' },
    servers,
    paths: { '/a': { get: { operationId: name } } },
  });

describe('a call', () => {
  it('is one HTTP call', async () => {
    api.answer = (response) => response.setHeader('content-type', 'application/json').end('{"made":true}');
    const shop = open({ document: PETSTORE, url: `${api.url}/base/`, headers: { 'X-Team': 'a' } });
    const result = await call(shop, 'create_pet', {
      'X-Trace': 't1',
      name: 'rex',
      kind: null,
      parents: [{ name: 'a' }],
    });
    expect(result).toEqual({ content: [{ type: 'text', text: '{"made":true}' }], structuredContent: { made: true } });
    expect(api.asked).toMatchObject([
      {
        method: 'POST',
        url: '/base/pets',
        headers: { 'x-trace': 't1', 'x-team': 'a', 'content-type': 'application/json' },
        body: '{"name":"rex","kind":null,"parents":[{"name":"a"}]}',
      },
    ]);
  });

  it('shows the credentials, and never tells them', async () => {
    const key = join(folder, 'key');
    await writeFile(key, 'any-secret-at-all');
    credentials.shown = SECRET;
    api.answer = (response, { url, headers }) =>
      response.setHeader('content-type', 'text/plain').end(`${url} ${headers['x-api-key']}`);
    const shop = open({
      document: PETSTORE,
      url: `${api.url}?team=a`,
      auth: { kind: 'query', name: 'API_KEY', value_file: key },
    });
    const { content } = await call(shop, 'listPets', { limit: 5 });
    expect(content).toEqual([{ type: 'text', text: '/pets?team=a&limit=5&api_key=[removed] [removed]' }]);
    expect(api.asked[0]!.url).toBe('/pets?team=a&limit=5&api_key=sk-query-456');
  });

  it('does not let an argument stand in for a credential', async () => {
    credentials.shown = SECRET;
    const shop = open({ document: PETSTORE, url: api.url });
    await call(shop, 'listPets', { api_key: 'mine', limit: 5 });
    expect(api.asked[0]!.url).toBe('/pets?limit=5&api_key=sk-query-456');
  });

  it('is made once more where another credential is left, and not a third time', async () => {
    credentials.next = SECRET;
    api.answer = (response) => response.writeHead(401).end('who?');
    const shop = open({ document: PETSTORE, url: api.url });
    expect(await call(shop, 'get_pets_petId', { petId: '1' })).toMatchObject({ isError: true });
    expect(api.asked.map(({ headers }) => headers['x-api-key'])).toEqual([undefined, 'sk-secret-123']);
  });

  it.each([
    ['get_pets_petId', {}, /must have required property 'petId'/],
    ['get_pets_petId', { petId: '..' }, /petId must not be \. or \.\./],
    ['get_pets_petId', { petId: '%2e%2e%2fadmin' }, /petId must not hold a slash/],
    ['listPets', { limit: 0, api_key: 'k' }, /limit must be > 0/],
    ['listPets', { nonsense: 1, api_key: 'k' }, /additional properties \(nonsense\)/],
    ['create_pet', { name: 'a', 'X-Trace': 'a\r\nb: c' }, /X-Trace may only hold visible ASCII/],
  ])('of %s with %j is refused before it is made', async (name, args, reason) => {
    const shop = open({ document: PETSTORE, url: api.url });
    const { content, isError } = await call(shop, name, args);
    expect([isError, content[0]!['text'], api.asked]).toEqual([true, expect.stringMatching(reason), []]);
  });

  it('does not follow a redirect', async () => {
    api.answer = (response) => response.writeHead(302, { location: '/elsewhere' }).end();
    const shop = open({ document: PETSTORE, url: api.url });
    const { content } = await call(shop, 'get_pets_petId', { petId: '1' });
    expect([content[0]!['text'], api.asked.length]).toEqual([expect.stringContaining('not followed'), 1]);
  });

  it('that fails counts against the upstream', async () => {
    api.answer = (response) => response.writeHead(500).end('at line 1');
    const shop = open({ document: PETSTORE, url: api.url });
    await expect(call(shop, 'get_pets_petId', { petId: '1' })).rejects.toMatchObject({ code: 'upstream_response' });
    api.answer = (response) => void response.socket!.destroy();
    await expect(call(shop, 'get_pets_petId', { petId: '1' })).rejects.toMatchObject({ code: 'backend_unavailable' });
  });

  it('that nobody waits for ends at once', async () => {
    const left = new AbortController();
    api.answer = () => left.abort(new Error('left'));
    const shop = open({ document: PETSTORE, url: api.url });
    const params = { name: 'get_pets_petId', arguments: { petId: '1' } };
    const asked = { method: 'tools/call', params, caller: undefined, channel: SILENT, idempotent: true };
    await expect(shop.request({ ...asked, signal: left.signal })).rejects.toThrow('left');
  });

  it.each([
    ['tools/call', { name: 'nothing' }, -32_602],
    ['prompts/list', {}, -32_601],
  ])('%s %j is no request of an API', async (method, params, code) => {
    const shop = open({ document: PETSTORE, url: api.url });
    await expect(request(shop, method, params)).rejects.toMatchObject({ details: { members: { rpc_code: code } } });
  });
});

describe('where the API is', () => {
  it('the document of an address may say, for its own origin', async () => {
    api.answer = (response, { url }) => response.end(url === '/api.json' ? oneGet('a', [{ url: '/v1' }]) : 'there');
    const shop = open({ document: `${api.url}/api.json` });
    expect(await call(shop, 'a')).toMatchObject({ content: [{ text: 'there' }] });
    expect(api.asked.map(({ url }) => url)).toEqual(['/api.json', '/v1/a']);
  });

  it.each([
    ['http://127.0.0.1:8080/', /not public/],
    ['http://169.254.169.254/latest', /not public/],
    ['http://[::ffff:7f00:1]/', /not public/],
    ['/relative', /does not say where/],
  ])('no document may say %s', async (url, reason) => {
    await writeFile(join(folder, 'api.json'), oneGet('a', [{ url }]));
    const shop = open({ document: join(folder, 'api.json') });
    await expect(call(shop, 'a')).rejects.toThrow(reason);
  });

  it('an administrator may name neither a file nor what is not public', async () => {
    const file = open({ document: PETSTORE, url: 'https://a.example' }, 'admin');
    await expect(names(file)).rejects.toThrow(/must be an address/);
    const inside = open({ document: `${api.url}/api.json` }, 'admin');
    await expect(names(inside)).rejects.toThrow(/not public/);
    expect(api.asked).toEqual([]);
  });
});

describe('the document', () => {
  it('of a file is read again when it changes, and a bad one leaves the last good one', async () => {
    const file = join(folder, 'api.json');
    await writeFile(file, oneGet('before'));
    const shop = open({ document: file, url: api.url });
    const news: unknown[] = [];
    shop.listen((one) => news.push(one));
    expect(await names(shop)).toEqual(['before']);
    await writeFile(file, '{"openapi":');
    await until(() => 'error' in shop.status());
    expect([await names(shop), news]).toEqual([['before'], []]);
    await writeFile(file, oneGet('after'));
    await until(() => news.length > 0);
    expect([await names(shop), news]).toEqual([['after'], [{ kind: 'tools' }]]);
    expect(shop.status()).toEqual({
      document: file,
      title: 'Small',
      version: '7',
      operations: 1,
      left_out: [],
      faults: expect.anything(),
    });
  });

  it('of an address is asked for again by its ETag', async () => {
    const text = { now: oneGet('one') };
    api.answer = (response, { headers }) => {
      const etag = `"${text.now.length}"`;
      if (headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.setHeader('etag', etag).end(text.now);
    };
    const shop = open({ document: `${api.url}/api.json?key=secret`, refresh_seconds: 1 });
    const news: unknown[] = [];
    const stop = shop.listen((one) => news.push(one));
    expect(await names(shop)).toEqual(['one']);
    await until(() => api.asked.length > 2);
    expect(news).toEqual([]);
    text.now = oneGet('another');
    await until(() => news.length > 0);
    expect(await names(shop)).toEqual(['another']);
    stop();
    expect(JSON.stringify(shop.status())).not.toContain('secret');
  });

  it('is shown the credentials where it is at the API itself', async () => {
    credentials.shown = SECRET;
    api.answer = (response) => response.end(oneGet('a'));
    await names(open({ document: `${api.url}/api.json`, url: api.url }));
    await names(open({ document: `${api.url}/api.json`, url: 'http://127.0.0.1:1' }));
    expect(api.asked.map(({ headers }) => headers['x-api-key'])).toEqual(['sk-secret-123', undefined]);
  });

  it('that is away is an upstream that is away', async () => {
    const shop = open({ document: 'http://127.0.0.1:1/api.json' });
    await expect(names(shop)).rejects.toMatchObject({ code: 'backend_unavailable' });
  });

  it.each([
    ['too large', (size: number) => 'x'.repeat(size), /more than 8388608 bytes/],
    ['no document', () => 'hello', /no object/],
  ])('that is %s is refused', async (_what, body, reason) => {
    api.answer = (response) => response.end(body(8 * 1_024 * 1_024 + 1));
    await expect(names(open({ document: `${api.url}/api.json` }))).rejects.toThrow(reason);
  });

  it('that takes too long is given up', async () => {
    await expect(readInThread(await readFile(PETSTORE, 'utf8'), {}, signal, 1)).rejects.toThrow('too long to read');
  });
});

it('says what it is, and whether somebody answers', async () => {
  await writeFile(join(folder, 'api.json'), oneGet('a'));
  const shop = open({ document: join(folder, 'api.json'), url: api.url });
  expect(await shop.describe(undefined, signal)).toMatchObject({
    serverInfo: { name: 'Small', version: '7' },
    instructions: 'How to use it.',
    capabilities: { tools: {} },
  });
  api.answer = (response) => response.writeHead(401).end();
  await shop.ping(signal);
  api.answer = (response) => response.writeHead(503).end();
  await expect(shop.ping(signal)).rejects.toMatchObject({ code: 'upstream_response' });
});

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600 && !isSo(); tries++) await delay(50);
  expect(isSo()).toBe(true);
}
