import { connect as connectTo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EgressClient } from '#egress/egress-client.js';
import { PublicInternet } from '#egress/public-internet.js';
import type { Api } from '../support/api.js';
import { AuthStage } from '../support/auth-stage.js';
import { forge } from '../support/forge.js';
import { OriginServer } from '../support/origin-server.js';
import { aTool, sourceOf } from '../support/scripted-tools.js';

type Body = Record<string, unknown>;

const TOOLS = [
  aTool('inner', { call: ({ arguments: args }) => Promise.resolve({ content: [], structuredContent: { got: args } }) }),
  aTool('gold', { tier: 'gold' }),
];

let server: OriginServer;
let stage: AuthStage;
beforeAll(async () => {
  server = await OriginServer.start();
  // An internet of one machine: every public address leads to it, without TLS.
  const internet = new PublicInternet({
    resolve: (name) => Promise.resolve(name === 'inside.example' ? ['10.0.0.1'] : ['8.8.8.8']),
    connect: (_to, callback) => {
      const socket = connectTo(server.port, '127.0.0.1', () => callback(null, socket));
      socket.on('error', (error) => callback(error, null));
    },
  });
  stage = await AuthStage.open(
    { SANDBOX_WASM_WORKERS: '1' },
    { sources: [sourceOf(TOOLS)], egress: new EgressClient(internet) },
  );
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
afterEach(() => {
  server.answer = (response) => response.end('hello');
});

const as = (claims: object = {}): Api => {
  const token = forge(stage.provider, { claims: { tier: 'silver', scope: 'tools:admin tools:call', ...claims } });
  return stage.as(token).at(stage.gateway.url);
};

let made = 0;

/** A tool that asks for these host functions, not granted yet. @returns its name */
async function aToolWith(hostFunctions: object, code: string, more: object = {}): Promise<string> {
  const name = `hosted_${++made}`;
  const draft = { name, description: 'Uses host functions.', code, hostFunctions, ...more };
  const { status, body } = await as().post('/v1/dynamic-tools', draft);
  expect({ status, body }).toMatchObject({ status: 201, body: { hostFunctionsGranted: false } });
  return name;
}

async function grant(name: string): Promise<void> {
  const { status, body } = await as().post(`/v1/dynamic-tools/${name}/grant`, {});
  expect({ status, body }).toMatchObject({ status: 200, body: { hostFunctionsGranted: true } });
}

/** What the code of a tool returned, or threw. */
async function call(name: string, args: object = {}, claims: object = {}): Promise<Body> {
  const { body } = await as(claims).post<Body>(`/v1/tools/${name}/call`, { arguments: { args } });
  return body['structuredContent'] as Body;
}

const ok = (result: unknown) => expect.objectContaining({ ok: true, result });
const failed = (message: string) =>
  expect.objectContaining({ ok: false, error: { kind: 'thrown', message: expect.stringContaining(message) } });

const THERE = 'return [typeof fetch, typeof callTool, typeof kv];';

describe('host functions', () => {
  it('let code wait for other code where there is one thread', async () => {
    const inner = await aToolWith({}, 'return args.n * 2;');
    const code = `return (await callTool('${inner}', { args: { n: 21 } })).result;`;
    const outer = await aToolWith({ callTool: { tools: [inner] } }, code, { timeoutMs: 10_000 });
    await grant(outer);
    expect(await call(outer)).toEqual(ok(42));
  }, 30_000);

  it('are there once they are granted, and only those', async () => {
    const name = await aToolWith({ kv: {} }, THERE);
    expect(await call(name)).toEqual(ok(['undefined', 'undefined', 'undefined']));
    await grant(name);
    expect(await call(name)).toEqual(ok(['undefined', 'undefined', 'object']));
  });

  it('are gone when what is asked for is another, or taken back', async () => {
    const name = await aToolWith({ kv: {} }, THERE);
    await grant(name);
    const path = `/v1/dynamic-tools/${name}`;
    const changed = await as().patch(path, { hostFunctions: { kv: {}, fetch: { hosts: ['api.example'] } } });
    expect(changed.body).toMatchObject({ hostFunctionsGranted: false });
    expect(await call(name)).toEqual(ok(['undefined', 'undefined', 'undefined']));
    await grant(name);
    expect(await call(name)).toEqual(ok(['function', 'undefined', 'object']));
    expect((await as().call('DELETE', `${path}/grant`)).status).toBe(200);
    expect(await call(name)).toEqual(ok(['undefined', 'undefined', 'undefined']));
  });

  it('fetch what was granted', async () => {
    const code = 'const { status, body } = await fetch(args.url, args.options); return { status, body };';
    const name = await aToolWith({ fetch: { hosts: ['api.example', 'inside.example'] } }, code);
    expect(await call(name, { url: 'https://api.example/' })).toEqual(failed('fetch'));
    await grant(name);
    server.answer = (response, { method, url, body }) => response.writeHead(201).end(`${method} ${url} ${body}`);
    const options = { method: 'POST', body: 'sent' };
    expect(await call(name, { url: 'https://api.example/x', options })).toEqual(
      ok({ status: 201, body: 'POST /x sent' }),
    );
    const { headers } = server.asked.at(-1)!;
    expect(headers).not.toHaveProperty('authorization');
    const before = server.asked.length;
    expect(await call(name, { url: 'https://evil.example/' })).toEqual(failed('granted api.example'));
    expect(await call(name, { url: 'https://inside.example/' })).toEqual(failed('inside.example could not be reached'));
    expect(server.asked).toHaveLength(before);
  });

  it('call the tools that were granted, as far as the caller may', async () => {
    const name = await aToolWith(
      { callTool: { tools: ['inner', 'gold'] } },
      'return await callTool(args.tool, { a: 1 });',
    );
    await grant(name);
    expect(await call(name, { tool: 'inner' })).toEqual(ok({ got: { a: 1 } }));
    expect(await call(name, { tool: 'gold' })).toEqual(failed('There is no tool named "gold".'));
    expect(await call(name, { tool: 'gold' }, { tier: 'gold' })).toEqual(ok('done'));
    expect(await call(name, { tool: 'dev.echo' })).toEqual(failed('granted inner, gold'));
  });

  it('let the code catch what they refuse', async () => {
    const code = `try { await callTool('other'); } catch (error) { return [error instanceof Error, error.message]; }`;
    const name = await aToolWith({ callTool: { tools: ['inner'] } }, code);
    await grant(name);
    expect(await call(name)).toEqual(ok([true, 'callTool: this tool was granted inner, not "other"']));
  });

  it('keep values for each tenant that calls the tool', async () => {
    const code = `
      const seen = (await kv.get('seen')) ?? 0;
      await kv.set('seen', seen + 1);
      return [seen, await kv.list()];`;
    const name = await aToolWith({ kv: {} }, code);
    await grant(name);
    const publisher = as({ scope: 'tools:admin tools:publish tools:call' });
    expect((await publisher.post(`/v1/dynamic-tools/${name}/publish`, {})).status).toBe(200);
    expect(await call(name)).toEqual(ok([0, ['seen']]));
    expect(await call(name)).toEqual(ok([1, ['seen']]));
    expect(await call(name, {}, { tenant: 'other' })).toEqual(ok([0, ['seen']]));
    expect(await call(name)).toEqual(ok([2, ['seen']]));
  });

  it('end with the run that they are for', async () => {
    const name = await aToolWith({ fetch: { hosts: ['api.example'] } }, `fetch('https://api.example/'); return 1;`);
    await grant(name);
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    server.answer = (response) => response.on('close', resolve);
    const before = server.asked.length;
    expect(await call(name)).toEqual(ok(1));
    // It may have been too quick to be sent at all.
    if (server.asked.length > before) await closed;
  });
});
