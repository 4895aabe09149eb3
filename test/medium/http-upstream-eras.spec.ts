import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpConnection } from '#gateway/upstreams/kinds/http/http-connection.js';
import { eventually } from '../support/embedded-stage.js';
import { callerNamed, callOf, Connections, textIn } from '../support/upstream-call.js';
import { SdkUpstream, type UpstreamEra } from '../support/upstream-servers/sdk-upstream.js';

const soon = () => AbortSignal.timeout(30_000);

let upstream: SdkUpstream;
let connections: Connections;
let connection: HttpConnection;

async function open(era: UpstreamEra): Promise<void> {
  upstream = await SdkUpstream.start(era);
  connections = new Connections();
  connection = connections.to(upstream.url);
}
const close = async () => {
  await connections[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
};

describe('what an upstream speaks', () => {
  const answering = (status: number, body: object | string) => {
    upstream.before = ({ body: asked }, response) => {
      if (!asked.includes('server/discover')) return false;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify({ jsonrpc: '2.0', id: null, error: body }));
      return true;
    };
  };
  beforeEach(() => open('legacy'));
  afterEach(close);

  it.each([
    [400, { code: -32_000, message: 'Bad Request: Server not initialized' }],
    [400, 'Invalid request'],
    [404, '<html>'],
    [404, { code: -32_601, message: 'Method not found' }],
    [405, ''],
    [406, { code: -32_000, message: 'Not Acceptable' }],
    [415, ''],
    [422, '{"detail":"unprocessable"}'],
    [400, { code: -32_022, message: 'unsupported', data: { supported: ['2025-11-25'] } }],
    [200, { code: -32_601, message: 'Method not found' }],
    [200, { code: -32_602, message: 'Received request before initialization was complete' }],
  ])('is an older revision: %d %j', async (status, body) => {
    answering(status, body);
    expect((await connection.describe(undefined, soon())).era).toBe('legacy');
  });

  it.each([
    [401, ''],
    [403, { code: -32_000, message: 'no' }],
    [408, ''],
    [429, ''],
    [500, { code: -32_000, message: 'no' }],
    [502, ''],
    [503, ''],
    [307, ''],
  ])('is not known: %d %j', async (status, body) => {
    answering(status, body);
    await expect(connection.describe(undefined, soon())).rejects.toMatchObject({ code: 'upstream_response' });
    await expect(connection.request(callOf('echo'))).rejects.toMatchObject({ code: 'upstream_response' });
    expect(upstream.methods).not.toContain('initialize');
    upstream.before = () => false;
    expect((await connection.describe(undefined, soon())).era).toBe('legacy');
  });

  it('is not known where nobody answers in time', async () => {
    upstream.before = ({ body }) => body.includes('server/discover');
    await expect(connection.request(callOf('echo', {}, { signal: AbortSignal.timeout(200) }))).rejects.toThrow(
      /timeout/i,
    );
    expect(connection.status()).not.toHaveProperty('era');
  });

  it('is asked once for all who want to know', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        connection.request(callOf('echo', {}, { caller: callerNamed(`caller ${i % 4}`) })),
      ),
    );
    expect(upstream.methods.filter((method) => method === 'server/discover')).toHaveLength(1);
    expect(upstream.methods.filter((method) => method === 'initialize')).toHaveLength(4);
  });

  it('is not asked where it is written', async () => {
    const pinned = connections.to(upstream.url, { era: 'legacy' });
    expect(textIn(await pinned.request(callOf('echo')))).toBe('{}');
    expect(upstream.methods).not.toContain('server/discover');
    const wrong = connections.to(upstream.url, { era: 'modern' });
    await expect(wrong.request(callOf('echo'))).rejects.toMatchObject({ code: 'upstream_rpc_error' });
    await expect(wrong.describe(undefined, soon())).rejects.toMatchObject({ code: 'upstream_rpc_error' });
  });

  it('may change: a newer one is replaced by an older one, and the other way round', async () => {
    await close();
    await open('modern');
    const { port } = upstream;
    await connection.request(callOf('echo'));
    await upstream[Symbol.asyncDispose]();
    upstream = await SdkUpstream.start('legacy', { port });
    // The first one may find a connection that has gone with the old server.
    await eventually(async () => expect(textIn(await connection.request(callOf('echo', { a: 1 })))).toBe('{"a":1}'));
    expect(upstream.offer.calls).toHaveLength(1);
    await upstream[Symbol.asyncDispose]();
    upstream = await SdkUpstream.start('modern', { port });
    await eventually(async () => expect(textIn(await connection.request(callOf('echo', { a: 2 })))).toBe('{"a":2}'));
  });
});
