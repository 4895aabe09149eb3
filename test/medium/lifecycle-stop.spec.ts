import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { API_BASE } from '#gateway/http/base-path.js';
import { aSession } from '../support/builders.js';
import { eventually } from '../support/embedded-stage.js';
import { FakeCore } from '../support/fake-core.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { RawClient } from '../support/raw-client.js';

let core: FakeCore;
beforeAll(async () => {
  core = await FakeCore.start();
});
afterAll(() => core[Symbol.asyncDispose]());

const text = (settings: Record<string, string | number>) =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));

const start = (settings: Record<string, string | number> = {}) =>
  GatewayProcess.start(text({ ...core.settings(), HTTP_TIMEOUT_SECONDS: 60, ...settings }));

const openSession = (client: RawClient) => client.ask('POST', `/${API_BASE}/sessions`, JSON.stringify(aSession()));

/** Sends a call that Core will answer late, or never. Resolves when Core has it, with the answer still to come. */
async function underWay(client: RawClient): Promise<{ readonly answer: Promise<string> }> {
  const before = core.calls.length;
  const answer = openSession(client);
  await eventually(() => expect(core.calls.length).toBeGreaterThan(before));
  return { answer };
}

describe('the drain', () => {
  it('says no to /readyz at once, and goes on serving until its time is over', async () => {
    await using gateway = await start({ SHUTDOWN_DRAIN_SECONDS: 3 });
    using idle = await RawClient.connect(gateway.url);
    expect(await idle.ask('GET', '/readyz')).toMatch(/^HTTP\/1.1 200/);
    using busy = await RawClient.connect(gateway.url);
    expect(await openSession(busy)).toMatch(/^HTTP\/1.1 201[\s\S]*Connection: keep-alive/i);

    const signalledAt = performance.now();
    const exit = gateway.end('SIGTERM');
    await eventually(async () => {
      using client = await RawClient.connect(gateway.url);
      expect(await client.ask('GET', '/readyz')).toMatch(/^HTTP\/1.1 503[\s\S]*"draining"/);
    });
    // Neither kind of connection is refused: one that was open, one that is new.
    expect(await openSession(busy)).toMatch(/^HTTP\/1.1 201[\s\S]*Connection: close/i);
    expect(await busy.closed()).toBe('server');
    using late = await RawClient.connect(gateway.url);
    expect(await late.ask('GET', '/livez')).toMatch(/^HTTP\/1.1 200[\s\S]*Connection: close/i);
    expect(idle.isOpen).toBe(true);

    expect(await exit).toBe(0);
    expect(performance.now() - signalledAt).toBeGreaterThan(2_990);
    expect(await idle.closed()).toBe('server');
    await expect(RawClient.connect(gateway.url)).rejects.toThrow('ECONNREFUSED');
  });

  it('is as long whatever further signals come', async () => {
    await using gateway = await start({ SHUTDOWN_DRAIN_SECONDS: 1 });
    const signalledAt = performance.now();
    const exits = [gateway.end('SIGTERM'), delay(200).then(() => gateway.end('SIGINT'))];
    expect(await Promise.all(exits)).toEqual([0, 0]);
    expect(performance.now() - signalledAt).toBeGreaterThan(990);
  });
});

describe('calls in flight', () => {
  it('are answered, each as the last of its connection', async () => {
    await using gateway = await start();
    core.failNext({ kind: 'slow', ms: 2_500 }, 3);
    const clients = await Promise.all([1, 2, 3].map(() => RawClient.connect(gateway.url)));
    const answers: Promise<string>[] = [];
    for (const client of clients) answers.push((await underWay(client)).answer);
    const exit = gateway.end('SIGTERM');
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1.1 201[\s\S]*Connection: close/i);
    expect(await exit).toBe(0);
    for (const client of clients) client[Symbol.dispose]();
  });

  it('are cut when their time is over', async () => {
    await using gateway = await start({ SHUTDOWN_TIMEOUT_SECONDS: 0.5, LOG_LEVEL: 'warn' });
    core.failNext({ kind: 'hang' });
    using client = await RawClient.connect(gateway.url);
    const { answer } = await underWay(client);
    const signalledAt = performance.now();
    expect(await gateway.end('SIGTERM')).toBe(0);
    expect(performance.now() - signalledAt).toBeGreaterThan(450);
    expect(performance.now() - signalledAt).toBeLessThan(10_000);
    expect(await answer).toBe('');
    expect(gateway.log).toMatch(/1 connections were cut/);
  });

  it.each([
    ['a client that never says a word', ''],
    ['a client between two requests', `GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n`],
  ])('%s does not hold up the stop', async (_what, sent) => {
    await using gateway = await start({ SHUTDOWN_TIMEOUT_SECONDS: 20 });
    using client = await RawClient.connect(gateway.url);
    if (sent !== '') {
      client.send(sent);
      await client.answer();
    }
    const signalledAt = performance.now();
    expect(await gateway.end('SIGTERM')).toBe(0);
    expect(performance.now() - signalledAt).toBeLessThan(10_000);
    await client.closed();
  });

  it('a client in the middle of a request is waited for, and cut in the end', async () => {
    await using gateway = await start({ SHUTDOWN_TIMEOUT_SECONDS: 0.7 });
    using client = await RawClient.connect(gateway.url);
    client.send(
      `POST /${API_BASE}/sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{`,
    );
    await delay(500);
    const signalledAt = performance.now();
    expect(await gateway.end('SIGTERM')).toBe(0);
    expect(performance.now() - signalledAt).toBeGreaterThan(650);
    await client.closed();
  });
});

describe('an error that nobody caught', () => {
  const CRASH = `process.on('SIGUSR2',()=>{throw new Error('nobody expects this')})`;
  const REJECT = `process.on('SIGUSR2',()=>{void Promise.reject(new Error('nobody expects this'))})`;

  it.each([
    ['thrown', CRASH],
    ['rejected', REJECT],
  ])('%s: the call in flight is answered, and the process ends with 1', async (_how, code) => {
    await using gateway = await start({
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
      SHUTDOWN_DRAIN_SECONDS: 60,
    });
    core.failNext({ kind: 'slow', ms: 2_000 });
    using client = await RawClient.connect(gateway.url);
    const { answer } = await underWay(client);
    expect(await gateway.end('SIGUSR2')).toBe(1);
    expect(await answer).toMatch(/^HTTP\/1.1 201/);
    const lines = gateway.log.trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 60, msg: expect.stringContaining('nobody expects this') });
  });
});
