import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '#gateway/tools/tool.js';
import type { UpstreamConnection } from '#gateway/upstreams/upstream-connection.js';
import { EverythingServer, type ReferenceServer, referenceServer } from '../support/reference-servers.js';
import { ANN, ask, call, callerNamed, names, until, UpstreamStage } from '../support/stdio-stage.js';

const TOKEN = 'dummy-token-of-nobody';
const stage = new UpstreamStage({ BRIGHTDATA_API_TOKEN: TOKEN });
let folder: string;

/** Through the preset, with what the package installed instead of what npx would fetch. */
async function open(name: ReferenceServer, more: object = {}): Promise<UpstreamConnection> {
  const program = { command: process.execPath, args: [await referenceServer(name)] };
  return stage.open({ preset: name, ...program, ...more }, name);
}

const textOf = (result: JsonObject) => (result['content'] as readonly { text: string }[])[0]!.text;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'achilles-reference-')));
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe('reference servers over stdio', () => {
  it('everything: lists, calls, progress, prompts, resources, completions', async () => {
    const everything = await open('everything');
    const signal = AbortSignal.timeout(60_000);
    expect(await everything.describe(undefined, signal)).toMatchObject({
      era: 'legacy',
      version: '2025-11-25',
      serverInfo: { title: 'Everything Reference Server' },
    });
    expect(await names(everything, 'tools')).toEqual(expect.arrayContaining(['echo', 'trigger-elicitation-request']));
    expect(await names(everything, 'prompts')).toContain('args-prompt');
    expect(await names(everything, 'resources')).not.toEqual([]);
    expect(textOf(await call(everything, 'echo', { message: 'over there' }))).toBe('Echo: over there');
    expect(await call(everything, 'get-structured-content', { location: 'Chicago' })).toMatchObject({
      structuredContent: expect.any(Object) as object,
    });
    const progress: number[] = [];
    const channel = { capabilities: {}, progress: (n: number) => void progress.push(n), log: () => undefined };
    await call(everything, 'trigger-long-running-operation', { duration: 0.3, steps: 3 }, { channel });
    expect(progress).toEqual([1, 2, 3]);
    const completion = {
      ref: { type: 'ref/prompt', name: 'completable-prompt' },
      argument: { name: 'department', value: 'E' },
    };
    expect(await ask(everything, 'completion/complete', completion)).toMatchObject({
      completion: { values: ['Engineering'] },
    });
  });

  it('everything: asks the one who called', async () => {
    const everything = await open('everything');
    const asked: string[] = [];
    const result = await call(
      everything,
      'trigger-elicitation-request',
      {},
      {
        ask: ({ method }) => {
          asked.push(method);
          return Promise.resolve({ action: 'decline' });
        },
      },
    );
    expect(asked).toEqual(['elicitation/create']);
    expect(textOf(result)).toMatch(/declined/i);
  });

  it('filesystem: opens what its operator allowed, and not what a caller calls its roots', async () => {
    await writeFile(join(folder, 'a.txt'), 'Alpha');
    const files = await open('filesystem', { roots: [folder] });
    expect(await names(files, 'tools')).toHaveLength(14);
    const ask = () => Promise.resolve({ roots: [{ uri: 'file:///etc' }] });
    expect(textOf(await call(files, 'read_text_file', { path: join(folder, 'a.txt') }, { ask }))).toBe('Alpha');
    expect(await call(files, 'read_text_file', { path: '/etc/hostname' }, { ask })).toMatchObject({ isError: true });
    expect(textOf(await call(files, 'list_allowed_directories', {}, { ask }))).toContain(folder);
  });

  it('memory: remembers, and tells of its resource', async () => {
    const memory = await open('memory', { file: join(folder, 'graph.jsonl') });
    expect(await names(memory, 'tools')).toHaveLength(9);
    const entities = [{ name: 'Ann', entityType: 'person', observations: ['likes tests'] }];
    await call(memory, 'create_entities', { entities });
    expect(await call(memory, 'read_graph')).toMatchObject({ structuredContent: { entities: [{ name: 'Ann' }] } });
    const resources = (await ask(memory, 'resources/list'))['resources'] as readonly { uri: string }[];
    const news: unknown[] = [];
    memory.listen((one) => news.push(one));
    memory.subscribe(resources[0]!.uri);
    await until(async () => {
      const observations = [{ entityName: 'Ann', contents: [`seen at ${performance.now()}`] }];
      await call(memory, 'add_observations', { observations });
      return news.length > 0;
    });
    expect(news[0]).toEqual({ kind: 'resource', uri: resources[0]!.uri });
  });

  it('sequential-thinking: counts each principal’s thoughts for themselves', async () => {
    const thinking = await open('sequential-thinking');
    const thought = { thought: 'So', nextThoughtNeeded: true, thoughtNumber: 1, totalThoughts: 2 };
    const lengthFor = async (caller: typeof ANN) => {
      const { structuredContent } = await call(thinking, 'sequentialthinking', thought, { caller });
      return (structuredContent as { thoughtHistoryLength: number }).thoughtHistoryLength;
    };
    expect(await lengthFor(ANN)).toBe(1);
    expect(await lengthFor(ANN)).toBe(2);
    expect(await lengthFor(callerNamed('bob'))).toBe(1);
  });

  it('brightdata: lists without a network, and a call fails as a tool error that names the cause', async () => {
    const brightdata = await open('brightdata');
    expect(await names(brightdata, 'tools')).toEqual([
      'search_engine',
      'scrape_as_markdown',
      'search_engine_batch',
      'scrape_batch',
      'discover',
    ]);
    expect(await names(brightdata, 'prompts')).toHaveLength(2);
    const result = await call(brightdata, 'search_engine', { query: 'achilles' });
    expect(result).toMatchObject({ isError: true });
    expect(textOf(result)).toContain('api.brightdata.com');
    expect(JSON.stringify([result, brightdata.status()])).not.toContain(TOKEN);
  });

  it('brightdata: offers the groups that were asked for', async () => {
    const brightdata = await open('brightdata', { groups: ['code'], tools_extra: ['extract'] });
    expect((await names(brightdata, 'tools')).toSorted()).toEqual([
      'discover',
      'extract',
      'scrape_as_markdown',
      'search_engine',
      'web_data_npm_package',
      'web_data_pypi_package',
    ]);
  });
});

describe('everything over HTTP+SSE', () => {
  it('lists, calls, asks and ends', async () => {
    await using server = await EverythingServer.start('sse');
    const everything = stage.open({ kind: 'sse', url: server.url }, 'remote');
    expect(await everything.describe(undefined, AbortSignal.timeout(60_000))).toMatchObject({ era: 'legacy' });
    expect(await names(everything, 'tools')).toContain('echo');
    expect(textOf(await call(everything, 'echo', { message: 'hello' }))).toBe('Echo: hello');
    const result = await call(
      everything,
      'trigger-elicitation-request',
      {},
      { ask: () => Promise.resolve({ action: 'cancel' }) },
    );
    expect(textOf(result)).toMatch(/cancel/i);
    await everything.ping(AbortSignal.timeout(60_000));
    await everything.close();
    await expect(call(everything, 'echo', { message: 'again' })).rejects.toMatchObject({ code: 'backend_unavailable' });
  });
});
