import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UpstreamRegistry } from '#gateway/upstreams/upstream-registry.js';
import { Gateway } from '../support/boot-gateway.js';
import { installClients } from '../support/clients.js';
import { ModernClient } from '../support/modern-client.js';
import { EverythingServer, type ReferenceServer, stdioEntry } from '../support/reference-servers.js';

const TOKEN = 'dummy-token-of-nobody';
const ENV = { API_TOKEN: TOKEN, PRO_MODE: 'true' };

let folder: string;
let gateway: Gateway;
let everything: EverythingServer;
const proxies: ChildProcess[] = [];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

/** A server that only speaks over pipes, behind somebody else's bridge to Streamable HTTP. */
async function overHttp(name: ReferenceServer, args: readonly string[] = []): Promise<object> {
  const program = resolve(await installClients(), 'node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs');
  const port = await freePort();
  const { command, args: own } = await stdioEntry(name, args);
  const options = ['--host', '127.0.0.1', '--port', String(port), '--server', 'stream', '--', command, ...own];
  const env = { PATH: process.env['PATH'], ...ENV, MEMORY_FILE_PATH: join(folder, 'memory-http.jsonl') };
  proxies.push(spawn(process.execPath, [program, ...options], { env, stdio: 'ignore' }));
  return { kind: 'http', url: `http://127.0.0.1:${port}/mcp`, era: 'legacy' };
}

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'achilles-references-')));
  await writeFile(join(folder, 'hello.txt'), 'hello from the disk');
  everything = await EverythingServer.start('streamableHttp');
  const upstreams = {
    everything: await stdioEntry('everything'),
    'everything-http': { kind: 'http', url: everything.url },
    filesystem: await stdioEntry('filesystem', [folder]),
    'filesystem-http': await overHttp('filesystem', [folder]),
    memory: { ...(await stdioEntry('memory')), env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') } },
    'memory-http': await overHttp('memory'),
    'sequential-thinking': await stdioEntry('sequential-thinking'),
    'sequential-thinking-http': await overHttp('sequential-thinking'),
    brightdata: { ...(await stdioEntry('brightdata')), env: ENV },
    'brightdata-http': await overHttp('brightdata'),
  };
  gateway = await Gateway.boot({ AUTH_MODE: 'none' }, { upstreams: { upstreams } });
  const registry = gateway.app.get(UpstreamRegistry, { strict: false });
  for (let i = 0; i < 400 && [...registry.all.values()].some(({ state }) => state !== 'connected'); i++)
    await delay(250);
}, 240_000);

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await everything[Symbol.asyncDispose]();
  for (const proxy of proxies) proxy.kill();
  await rm(folder, { recursive: true });
});

const mcp = (upstream: string) => new ModernClient(`${gateway.url}/mcp/u/${upstream}`);
const both = (name: string) => [name, `${name}-http`].map((upstream) => ({ upstream }));

async function namesOf(upstream: string): Promise<string[]> {
  const { result } = await mcp(upstream).ask('tools/list');
  return (result!['tools'] as { name: string }[]).map(({ name }) => name);
}
const textOf = (answer: { result?: Record<string, unknown> }) =>
  (answer.result!['content'] as { text: string }[])[0]!.text;

describe.each(both('everything'))('$upstream', ({ upstream }) => {
  it('lists and is called', async () => {
    expect(await namesOf(upstream)).toEqual(expect.arrayContaining(['echo', 'get-sum']));
    expect(textOf(await mcp(upstream).call('get-sum', { a: 2, b: 3 }))).toContain('5');
  });
});

describe.each(both('filesystem'))('$upstream', ({ upstream }) => {
  it('lists and is called, within its folder', async () => {
    expect(await namesOf(upstream)).toHaveLength(14);
    const read = await mcp(upstream).call('read_text_file', { path: join(folder, 'hello.txt') });
    expect(textOf(read)).toBe('hello from the disk');
    expect((await mcp(upstream).call('read_text_file', { path: '/etc/passwd' })).result).toMatchObject({
      isError: true,
    });
  });
});

describe.each(both('memory'))('$upstream', ({ upstream }) => {
  it('lists, remembers and finds', async () => {
    expect(await namesOf(upstream)).toHaveLength(9);
    const entities = [{ name: 'Achilles', entityType: 'hero', observations: ['heel'] }];
    await mcp(upstream).call('create_entities', { entities });
    expect(textOf(await mcp(upstream).call('search_nodes', { query: 'heel' }))).toContain('Achilles');
  });
});

describe.each(both('sequential-thinking'))('$upstream', ({ upstream }) => {
  it('lists and is called', async () => {
    expect(await namesOf(upstream)).toEqual(['sequentialthinking']);
    const thought = { thought: 'one', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 };
    expect(textOf(await mcp(upstream).call('sequentialthinking', thought))).toContain('"thoughtNumber": 1');
  });
});

describe.each(both('brightdata'))('$upstream', ({ upstream }) => {
  it('lists all of its tools without a network, and says why a call fails', async () => {
    expect((await namesOf(upstream)).length).toBeGreaterThanOrEqual(70);
    const { result } = await mcp(upstream).call('scrape_as_markdown', { url: 'https://example.com' });
    expect(result).toMatchObject({ isError: true });
    expect(textOf({ result: result! })).toContain('api.brightdata.com');
    expect(JSON.stringify(result)).not.toContain(TOKEN);
  });
});
