import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { CallChannel } from '#gateway/tools/call-channel.js';
import type { UpstreamConnection } from '#gateway/upstreams/upstream-connection.js';
import { ask, call, callerNamed, isAlive, oddEntry, said, until, UpstreamStage } from '../support/stdio-stage.js';

const SECRET = 'sesame-open-42';
const stage = new UpstreamStage({ UPSTREAM_SECRET: SECRET });
afterAll(() => stage[Symbol.asyncDispose]());

const signal = () => AbortSignal.timeout(60_000);
const pidOf = async (upstream: UpstreamConnection, subject = 'ann') =>
  said(await call(upstream, 'pid', {}, { caller: callerNamed(subject) })) as number;
const kill = (pid: number) => process.kill(pid, 'SIGKILL');

interface Status {
  readonly crash_loop: boolean;
  readonly stderr: string[];
  readonly conversations: readonly { talks: { calls: number }[]; restarts: number; last_fault?: string }[];
}
const statusOf = (upstream: UpstreamConnection) => upstream.status() as unknown as Status;

describe('the era of a process', () => {
  it.each([
    [[], 'legacy', ['server/discover', 'initialize', 'notifications/initialized', 'tools/call']],
    [['--silent'], 'legacy', ['server/discover', 'initialize', 'notifications/initialized', 'tools/call']],
    [['--modern'], 'modern', ['server/discover', 'tools/call']],
  ])('%j is %s', async (flags, era, heard) => {
    await using own = new UpstreamStage();
    const upstream = own.open(oddEntry(flags));
    expect(await upstream.describe(undefined, signal())).toMatchObject({ era });
    expect(said(await call(upstream, 'heard'))).toEqual(heard);
  });

  it('is found out once', async () => {
    const upstream = stage.open(oddEntry());
    kill(await pidOf(upstream));
    await until(async () => statusOf(upstream).conversations[0]!.restarts === 1);
    expect(said(await call(upstream, 'heard'))).toEqual(['initialize', 'notifications/initialized', 'tools/call']);
  });

  it.each([
    ['legacy', [], ['initialize', 'notifications/initialized', 'tools/call']],
    ['modern', ['--modern'], ['server/discover', 'tools/call']],
  ])('is %s where the operator says so', async (era, flags, heard) => {
    const upstream = stage.open(oddEntry(flags, { era }));
    expect(said(await call(upstream, 'heard'))).toEqual(heard);
  });

  it('that it does not speak keeps it from beginning', async () => {
    const upstream = stage.open(oddEntry([], { era: 'modern' }));
    await expect(call(upstream, 'pid')).rejects.toMatchObject({ code: 'backend_unavailable' });
    expect(statusOf(upstream).conversations[0]!.last_fault).toContain('2026-07-28');
  });
});

describe('a call', () => {
  it('of 2026-07-28 says who asks, what for, and what an earlier round left', async () => {
    const upstream = stage.open(oddEntry(['--modern']));
    const channel: CallChannel = {
      capabilities: { elicitation: { form: {} } },
      inputResponses: { a: { action: 'accept' } },
      requestState: 'left',
      logLevel: 'notice',
      progress: () => undefined,
      log: () => undefined,
    };
    const { _meta } = await call(upstream, 'echo', {}, { channel });
    expect((_meta as { 'x.y/z': unknown })['x.y/z']).toEqual({
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
      'io.modelcontextprotocol/clientInfo': expect.objectContaining({ name: 'achilles-gateway' }) as unknown,
      'io.modelcontextprotocol/logLevel': 'notice',
      progressToken: expect.any(Number) as unknown,
    });
  });

  it('comes back as the upstream gave it', async () => {
    const args = { ü: '\u2028', n: 1.5, deep: [[{}]] };
    const result = await call(stage.open(oddEntry()), 'echo', args);
    expect(result).toEqual({
      content: [{ type: 'text', text: JSON.stringify(args) }],
      oddity: { kept: [1, null] },
      _meta: { 'x.y/z': null },
    });
  });

  it('that is taken back is told to the upstream, and others go on', async () => {
    const upstream = stage.open(oddEntry());
    const gone = new AbortController();
    const hanging = call(upstream, 'hang', {}, { signal: gone.signal });
    await until(() => statusOf(upstream).conversations[0]?.talks[0]?.calls === 1);
    gone.abort(new Error('left'));
    await expect(hanging).rejects.toThrow('left');
    expect(said(await call(upstream, 'heard'))).toContain('notifications/cancelled');
  });

  it('is told what the upstream logs', async () => {
    const logged: unknown[] = [];
    const channel = {
      capabilities: {},
      progress: () => undefined,
      log: (...what: unknown[]) => void logged.push(what),
    };
    await call(stage.open(oddEntry()), 'log', {}, { channel });
    expect(logged).toEqual([
      ['info', 'working', 'odd'],
      ['debug', { n: 1 }, undefined],
    ]);
  });
});

describe('what an upstream asks', () => {
  const answer = () => Promise.resolve({ action: 'accept', content: { name: 'Ann' } });

  it('is asked of the one call under way', async () => {
    const result = await call(stage.open(oddEntry()), 'ask', {}, { ask: answer });
    expect(said(result)).toEqual({ result: { action: 'accept', content: { name: 'Ann' } } });
  });

  it('is refused when nobody can be asked, and in the words of who refuses', async () => {
    const upstream = stage.open(oddEntry());
    expect(said(await call(upstream, 'ask'))).toEqual({ error: { code: -32_000, message: 'Nobody can be asked.' } });
    const refused = await call(upstream, 'ask', {}, { ask: () => Promise.reject(new Error('not today')) });
    expect(said(refused)).toEqual({ error: { code: -32_000, message: 'not today' } });
  });

  it('is refused when it could be of two calls', async () => {
    const upstream = stage.open(oddEntry());
    const over = new AbortController();
    const other = call(upstream, 'hang', {}, { signal: over.signal, caller: callerNamed('bob'), ask: answer });
    const refused = { error: { code: -32_600, message: 'It cannot be told which call this belongs to.' } };
    expect(said(await call(upstream, 'ask', {}, { ask: answer }))).toEqual(refused);
    over.abort(new Error('left'));
    await expect(other).rejects.toThrow('left');
    // The upstream may still work for Bob, who has left a moment ago.
    expect(said(await call(upstream, 'ask', {}, { ask: answer }))).toEqual(refused);
  });

  it.each([
    ['ping', { result: {} }],
    ['roots', { result: { roots: [] } }],
    ['unknown', { error: { code: -32_601, message: 'There is no such method.' } }],
  ])('%s', async (tool, expected) => {
    const roots = () => Promise.resolve({ roots: [{ uri: 'file:///etc' }] });
    expect(said(await call(stage.open(oddEntry()), tool, {}, { ask: roots }))).toEqual(expected);
  });

  it('roots are those of the caller where the operator lets it know them', async () => {
    const upstream = stage.open(oddEntry([], { caller_roots: true }));
    const roots = () => Promise.resolve({ roots: [{ uri: 'file:///home/ann' }] });
    expect(said(await call(upstream, 'roots', {}, { ask: roots }))).toEqual({
      result: { roots: [{ uri: 'file:///home/ann' }] },
    });
  });
});

describe('news', () => {
  it.each([[[]], [['--modern']]])('of %j', async (flags) => {
    const upstream = stage.open(oddEntry(flags));
    const news: { kind: string }[] = [];
    const stop = upstream.listen((one) => news.push(one));
    upstream.subscribe('odd://a');
    const wanted = flags.length === 0 ? 'resources/subscribe odd://a' : 'subscriptions/listen odd://a';
    await until(async () => (said(await call(upstream, 'heard')) as string[]).includes(wanted));
    await call(upstream, 'change');
    await until(() => news.some(({ kind }) => kind === 'resource'));
    expect(news.find(({ kind }) => kind === 'resource')).toEqual({ kind: 'resource', uri: 'odd://a' });
    // A thousand of a kind that come together are a few.
    const lists = news.filter(({ kind }) => kind === 'tools').length;
    expect(lists).toBeGreaterThan(0);
    expect(lists).toBeLessThan(100);
    stop();
  });

  it('come of everything when a process had to begin again, which nobody had to ask for', async () => {
    const upstream = stage.open(oddEntry());
    const news: { kind: string }[] = [];
    upstream.listen((one) => news.push(one));
    kill(await pidOf(upstream));
    await until(() => news.length === 3);
    expect(news.map(({ kind }) => kind).toSorted()).toEqual(['prompts', 'resources', 'tools']);
    expect(statusOf(upstream).conversations[0]).toMatchObject({ restarts: 1, talks: [{ calls: 0 }] });
  });
});

describe('a process', () => {
  it('knows nothing of the gateway’s environment but what a program needs', async () => {
    const entry = oddEntry([], { env: { MODE: 'x' }, env_from: { SECRET: 'UPSTREAM_SECRET' } });
    const known = said(await call(stage.open(entry), 'environment')) as string[];
    const needed = ['HOME', 'LANG', 'PATH', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];
    expect(known.filter((name) => !needed.includes(name))).toEqual(['MODE', 'SECRET']);
  });

  it('is killed with everything that it has started', async () => {
    const own = new UpstreamStage();
    const upstream = own.open(oddEntry(['--stubborn']));
    const pids = [await pidOf(upstream), said(await call(upstream, 'group')) as number];
    expect(pids.map(isAlive)).toEqual([true, true]);
    await own[Symbol.asyncDispose]();
    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  it('that is killed fails its calls, once, and the next one finds another', async () => {
    const upstream = stage.open(oddEntry());
    const first = await pidOf(upstream);
    const calls = Array.from({ length: 20 }, () => call(upstream, 'hang', {}, { idempotent: true }));
    await until(() => statusOf(upstream).conversations[0]!.talks[0]!.calls === 20);
    kill(first);
    const ends = await Promise.allSettled(calls);
    expect(ends.map((end) => end.status === 'rejected' && (end.reason as { code: string }).code)).toEqual(
      Array.from({ length: 20 }, () => 'backend_unavailable'),
    );
    expect(await pidOf(upstream)).not.toBe(first);
    expect((said(await call(upstream, 'heard')) as string[]).filter((method) => method === 'tools/call')).toHaveLength(
      2,
    );
  });

  it('that cannot begin is not begun again and again, and says why', async () => {
    const upstream = stage.open(oddEntry(['--crash'], { env_from: { SECRET: 'UPSTREAM_SECRET' } }));
    await until(async () => {
      await expect(call(upstream, 'pid')).rejects.toMatchObject({ code: 'backend_unavailable' });
      return statusOf(upstream).crash_loop;
    });
    // Nobody waits for it any more.
    const begun = () => statusOf(upstream).conversations[0]!.restarts;
    const before = begun();
    for (let i = 0; i < 100; i++) await expect(call(upstream, 'pid')).rejects.toMatchObject({ status: 503 });
    expect(begun() - before).toBeLessThan(10);
    const { conversations, stderr } = statusOf(upstream);
    expect(conversations[0]!.last_fault).toBe('the process ended with exit code 7');
    expect(stderr.slice(-2)).toEqual(['odd-server begins with [redacted]', 'it cannot go on']);
  });

  it.each([
    [{ command: '/no/such/program' }, '/no/such/program cannot be started (ENOENT)'],
    [{ cwd: '/no/such/folder' }, 'its folder /no/such/folder does not exist'],
    [{ command: '/etc/passwd' }, '/etc/passwd cannot be started (EACCES)'],
    [{ max_memory_bytes: 16 * 1_024 * 1_024 }, 'the process ended with'],
  ])('%j: %s', async (more, fault) => {
    const upstream = stage.open(oddEntry([], more));
    await expect(call(upstream, 'pid')).rejects.toMatchObject({ code: 'backend_unavailable' });
    expect(statusOf(upstream).conversations[0]!.last_fault).toContain(fault);
  });

  it('that nobody uses ends, and begins again when it is needed', async () => {
    const upstream = stage.open(oddEntry([], { idle_seconds: 1 }));
    const pid = await pidOf(upstream);
    await until(() => !isAlive(pid));
    await upstream.ping(signal());
    expect(statusOf(upstream).conversations[0]).toMatchObject({ talks: [], restarts: 0 });
    expect(await pidOf(upstream)).not.toBe(pid);
  });

  it('is replaced when a file of its environment changes; calls under way end where they are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'achilles-secret-'));
    const file = join(folder, 'token');
    await writeFile(file, 'first-value-of-it\n');
    await using own = new UpstreamStage({ UPSTREAM_TOKEN_FILE: file });
    const upstream = own.open(oddEntry([], { env_from: { SECRET: 'UPSTREAM_TOKEN' } }));
    const first = await pidOf(upstream);
    const sleeping = call(upstream, 'sleep', { ms: 3_000 });
    await writeFile(file, 'second-value-of-it\n');
    await until(async () => (await pidOf(upstream)) !== first);
    expect(said(await sleeping)).toBe(3_000);
    await until(() => !isAlive(first));
    await rm(folder, { recursive: true });
  });

  it('is pinged in its own words', async () => {
    const upstream = stage.open(oddEntry());
    await upstream.ping(signal());
    expect(said(await call(upstream, 'heard'))).toEqual(expect.arrayContaining(['ping']));
  });

  it('keeps its secrets to itself', async () => {
    const upstream = stage.open(oddEntry([], { env_from: { SECRET: 'UPSTREAM_SECRET' } }));
    expect(said(await call(upstream, 'secret'))).toEqual({ secret: '[redacted]', stays: true });
    const refused = await call(upstream, 'refuse').catch((error: Error) => error);
    expect(refused).toMatchObject({
      message: 'odd: no way with [redacted]',
      details: { members: { rpc_code: -32_050, data: '{"why":["[redacted]"]}' } },
    });
    await call(upstream, 'shout');
    // It comes another way than the answer.
    await until(() => statusOf(upstream).stderr.at(-1) === 'password=[redacted]');
    expect(statusOf(upstream).stderr.at(-2)).toBe('the secret is [redacted]');
    expect(JSON.stringify([upstream.status(), stage.logged])).not.toContain(SECRET);
    expect(JSON.stringify(upstream.status()).length).toBeLessThan(60_000);
  });

  it('is asked for lists in the gateway’s own name', async () => {
    const upstream = stage.open(oddEntry());
    const { tools } = await ask(upstream, 'tools/list', {}, { caller: undefined });
    expect(tools).toContainEqual({ name: 'echo', inputSchema: { type: 'object' } });
  });
});
