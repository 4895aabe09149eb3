import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigService } from '@nestjs/config';
import { parseConfig } from '#config/load-config.js';
import { Seal } from '#gateway/seal/seal.service.js';
import { NO_CREDENTIAL } from '#gateway/upstreams/credentials/credentials.js';
import { SharedSessions } from '#gateway/upstreams/kinds/http/shared-sessions.js';
import { openRedis } from '#redis/redis.js';
import { RedisHealth } from '#redis/redis-health.js';
import { eventually } from '../support/embedded-stage.js';
import { RedisServer } from '../support/redis-server.js';
import { SESSION_KEY } from '../support/session-key.js';
import { callerNamed, callOf, Connections, requestOf, textIn } from '../support/upstream-call.js';
import { SdkUpstream } from '../support/upstream-servers/sdk-upstream.js';

let upstream: SdkUpstream;
let stack: AsyncDisposableStack;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  upstream = stack.use(await SdkUpstream.start('legacy'));
});
afterEach(() => stack.disposeAsync());

const count = (method: string) => upstream.methods.filter((seen) => seen === method).length;
type Connection = ReturnType<Connections['to']>;
const sessionOf = async (connection: Connection, subject: string): Promise<string> => {
  const result = await connection.request(callOf('whoami', {}, { caller: callerNamed(subject) }));
  return String((result['structuredContent'] as { session: string }).session);
};

describe('sessions of one process', () => {
  it('are one for each principal, and one for the gateway', async () => {
    const connection = stack.use(new Connections()).to(upstream.url);
    const [ann, bob] = [await sessionOf(connection, 'ann'), await sessionOf(connection, 'bob')];
    expect(await sessionOf(connection, 'ann')).toBe(ann);
    expect(bob).not.toBe(ann);
    await connection.request(requestOf('tools/list', {}, { caller: undefined }));
    expect([upstream.sessions.size, connection.status()['sessions']]).toEqual([3, 3]);
  });

  it('are shared where that is what is wanted', async () => {
    const connection = stack.use(new Connections()).to(upstream.url, { sessions: 'shared' });
    expect(await sessionOf(connection, 'ann')).toBe(await sessionOf(connection, 'bob'));
    expect(count('initialize')).toBe(1);
  });

  it('are opened once for many calls at once', async () => {
    const connection = stack.use(new Connections()).to(upstream.url);
    await Promise.all(Array.from({ length: 30 }, () => sessionOf(connection, 'ann')));
    expect([count('initialize'), upstream.sessions.size]).toEqual([1, 1]);
  });

  it('are ended at the upstream when the connection is closed', async () => {
    const connections = new Connections();
    const connection = connections.to(upstream.url);
    for (const subject of ['ann', 'bob', 'cy']) await sessionOf(connection, subject);
    await connections[Symbol.asyncDispose]();
    expect([count('DELETE'), upstream.sessions.size]).toEqual([3, 0]);
  });

  it('are no more than eight for a principal with many credentials, and none that is in use is ended', async () => {
    let turn = 0;
    const renewed = { of: () => ({ ...NO_CREDENTIAL, key: `key ${turn++}` }), refused: () => false };
    const connection = stack.use(new Connections(renewed)).to(upstream.url, { era: 'legacy' });
    const leaving = new AbortController();
    const asleep = connection.request(callOf('sleep', {}, { signal: leaving.signal })).catch(() => undefined);
    await eventually(() => expect(upstream.offer.calls).toHaveLength(1));
    const [first] = upstream.sessions.keys();
    for (let i = 0; i < 12; i++) await sessionOf(connection, 'ann');
    await eventually(() => expect([upstream.sessions.size, upstream.sessions.has(first!)]).toEqual([8, true]));
    leaving.abort(new Error('left'));
    await asleep;
  });

  it('are opened anew, that one alone, when the upstream has forgotten it, and the call is carried out once', async () => {
    const connection = stack.use(new Connections()).to(upstream.url);
    const bob = await sessionOf(connection, 'bob');
    const ann = await sessionOf(connection, 'ann');
    await upstream.sessions.get(ann)!.close();
    upstream.sessions.delete(ann);
    const texts = await Promise.all(
      Array.from({ length: 5 }, async () => textIn(await connection.request(callOf('count')))),
    );
    expect([...texts].sort()).toEqual(['1', '2', '3', '4', '5']);
    expect(count('initialize')).toBe(3);
    expect(await sessionOf(connection, 'bob')).toBe(bob);
  });

  it('are opened anew where that is said as in an old example', async () => {
    const connection = stack.use(new Connections()).to(upstream.url);
    const lost = await sessionOf(connection, 'ann');
    upstream.before = ({ headers }, response) => {
      if (headers['mcp-session-id'] !== lost) return false;
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(
        '{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID provided"},"id":null}',
      );
      return true;
    };
    expect(await sessionOf(connection, 'ann')).not.toBe(lost);
  });

  it('are opened anew once: an upstream that forgets every session is not asked for ever', async () => {
    const connection = stack.use(new Connections()).to(upstream.url);
    upstream.before = ({ headers, body }, response) => {
      if (!body.includes('tools/call') || headers['mcp-session-id'] === undefined) return false;
      response.writeHead(404).end();
      return true;
    };
    await expect(sessionOf(connection, 'ann')).rejects.toMatchObject({ code: 'upstream_response' });
    expect([count('tools/call'), count('initialize')]).toEqual([2, 2]);
  });

  it('repeat nothing that may have been carried out', async () => {
    const connection = stack.use(new Connections()).to(upstream.url);
    await sessionOf(connection, 'ann');
    let broken = 0;
    upstream.before = ({ body }, response) => {
      if (!body.includes('"count"') || broken++ > 0) return false;
      response.socket!.destroy();
      return true;
    };
    await expect(connection.request(callOf('count'))).rejects.toMatchObject({ code: 'backend_unavailable' });
    expect(broken).toBe(1);
  });

  it('are closed after a look whether the upstream is there, or used again', async () => {
    const connection = stack.use(new Connections()).to(upstream.url);
    await connection.ping(AbortSignal.timeout(30_000));
    await eventually(() => expect([upstream.sessions.size, count('initialize')]).toEqual([0, 1]));
    await connection.describe(undefined, AbortSignal.timeout(30_000));
    await connection.ping(AbortSignal.timeout(30_000));
    expect([upstream.sessions.size, count('initialize'), count('ping')]).toEqual([1, 2, 1]);
  });
});

describe('sessions of several replicas', () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = stack.use(await RedisServer.start());
  });

  interface Replica {
    readonly connections: Connections;
    readonly connection: Connection;
    readonly health: RedisHealth;
  }
  const sealWith = (key: string) =>
    new Seal(new ConfigService(parseConfig({ AUTH_MODE: 'none', SESSION_KEY: key })) as never);
  /** @param key its SESSION_KEY */
  async function replica(key = SESSION_KEY): Promise<Replica> {
    const client = await openRedis(redis.url);
    const health = stack.adopt(new RedisHealth(client), (it) => it.stop());
    await health.start();
    const connections = stack.use(new Connections(undefined, new SharedSessions(client, health, sealWith(key))));
    return { connections, connection: connections.to(upstream.url), health };
  }

  it('are one for a principal, wherever it comes in', async () => {
    const [a, b] = [await replica(), await replica()];
    const ann = await sessionOf(a.connection, 'ann');
    expect(await sessionOf(b.connection, 'ann')).toBe(ann);
    expect((await b.connection.describe(callerNamed('ann'), AbortSignal.timeout(30_000))).instructions).toBe(
      'A server for tests.',
    );
    expect(count('initialize')).toBe(1);
    const keys = await redis.cli('keys', '*');
    expect(keys).toMatch(/^upstream-session:\{other:[\w-]{43}\}$/);
    expect(Number(await redis.cli('ttl', keys))).toBeGreaterThan(1_800);
  });

  it('are in Redis for whoever has the key of the gateway, and for nobody else', async () => {
    const [a, b] = [await replica(), await replica()];
    const [ann, bob] = [await sessionOf(a.connection, 'ann'), await sessionOf(b.connection, 'bob')];
    const keys = (await redis.cli('keys', '*')).split('\n');
    const kept = await Promise.all(keys.map(async (key) => [key, await redis.cli('get', key)]));
    expect(kept).toHaveLength(2);
    for (const [key, value] of kept) {
      for (const plain of [ann, bob, 'description', 'fixture-upstream']) {
        for (const secret of [plain, Buffer.from(plain).toString('base64url')]) {
          expect(`${key} ${value}`).not.toContain(secret);
        }
      }
    }
    const stranger = await replica(SESSION_KEY.toUpperCase());
    expect(await sessionOf(stranger.connection, 'ann')).not.toBe(ann);
    // And what it cannot read it leaves to the others.
    await stranger.connection.close();
    expect(await sessionOf((await replica()).connection, 'ann')).toBe(ann);
  });

  it('are nobody else’s where somebody has copied one in Redis', async () => {
    const { connection } = await replica();
    const ann = await sessionOf(connection, 'ann');
    const own = await redis.cli('keys', '*');
    await sessionOf(connection, 'bob');
    const other = (await redis.cli('keys', '*')).split('\n').find((key) => key !== own)!;
    await redis.cli('set', other, await redis.cli('get', own));
    expect(await sessionOf((await replica()).connection, 'bob')).not.toBe(ann);
  });

  it('are one when two replicas open it at the same moment, and the other one is ended', async () => {
    const replicas = await Promise.all(Array.from({ length: 4 }, () => replica()));
    const ids = await Promise.all(replicas.map(({ connection }) => sessionOf(connection, 'ann')));
    const again = await Promise.all(replicas.map(({ connection }) => sessionOf(connection, 'ann')));
    expect(new Set([...ids, ...again]).size).toBe(1);
    await eventually(() => expect(upstream.sessions.size).toBe(1));
  });

  it('outlive a replica that ends', async () => {
    const [a, b] = [await replica(), await replica()];
    const ann = await sessionOf(a.connection, 'ann');
    a.connections.isEnding = true;
    await a.connection.close();
    expect(await sessionOf(b.connection, 'ann')).toBe(ann);
    expect(count('DELETE')).toBe(0);
    await b.connection.close();
    expect([count('DELETE'), upstream.sessions.size, await redis.cli('keys', '*')]).toEqual([1, 0, '']);
  });

  it('are opened anew by one replica, and the other one finds the new one', async () => {
    const [a, b] = [await replica(), await replica()];
    const old = await sessionOf(a.connection, 'ann');
    await sessionOf(b.connection, 'ann');
    await upstream.forgetSessions();
    const found = await sessionOf(a.connection, 'ann');
    expect(found).not.toBe(old);
    expect(await sessionOf(b.connection, 'ann')).toBe(found);
    expect([count('initialize'), upstream.sessions.size]).toEqual([2, 1]);
  });

  it('are local while Redis is away, and calls go on', async () => {
    const { connection, health } = await replica();
    const ann = await sessionOf(connection, 'ann');
    await redis.end();
    expect(await sessionOf(connection, 'ann')).toBe(ann);
    const bob = await sessionOf(connection, 'bob');
    expect(await sessionOf(connection, 'bob')).toBe(bob);
    await upstream.forgetSessions();
    expect(await sessionOf(connection, 'ann')).not.toBe(ann);
    await eventually(() => expect(health.available).toBe(false));
    await redis.start();
    await eventually(() => expect(health.available).toBe(true));
    await sessionOf(connection, 'cy');
    expect(await redis.cli('keys', '*')).toContain('upstream-session:');
  });

  it('are local while Redis is frozen', async () => {
    const { connection } = await replica();
    redis.signal('SIGSTOP');
    try {
      const ann = await sessionOf(connection, 'ann');
      expect(await sessionOf(connection, 'ann')).toBe(ann);
    } finally {
      redis.signal('SIGCONT');
    }
  });

  it.each(['garbage', '{"id":5}', '[]', '{"id":"x","description":7}'])(
    'that hold %s in Redis begin anew, sealed or not',
    async (value) => {
      const first = await replica();
      await sessionOf(first.connection, 'ann');
      const key = await redis.cli('keys', '*');
      const sealed = sealWith(SESSION_KEY).seal('upstream-session', Buffer.from(value), /\{(.+)\}/.exec(key)![1]);
      for (const kept of [value, sealed]) {
        await redis.cli('set', key, kept);
        expect(await sessionOf((await replica()).connection, 'ann')).toMatch(/^[\w-]{36}$/);
      }
    },
  );
});
