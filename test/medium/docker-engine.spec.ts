import { afterAll, describe, expect, it } from '@jest/globals';
import { ImageMissing, ImageNotAllowed, SandboxUnavailable } from '#sandbox/sandbox.errors.js';
import type { RunOutcome, SandboxRun } from '#sandbox/sandbox.js';
import { DockerEngineUnderTest, SANDBOX_IMAGE } from '../support/docker-engine.js';
import { aRun, dockerOptions, sandboxAt } from '../support/docker-stage.js';
import { eventually } from '../support/embedded-stage.js';

const docker = await DockerEngineUnderTest.shared();
const stack = new AsyncDisposableStack();
const options = dockerOptions(docker?.host ?? 'unix:///nowhere', { images: [SANDBOX_IMAGE, 'not-pulled:1'] });
const sandbox = sandboxAt(stack, options);
afterAll(() => stack.disposeAsync());

const run = (code: string, more: Partial<SandboxRun> = {}): Promise<RunOutcome> => sandbox.engine.run(aRun(code, more));
const own = () => docker!.containers(`achilles.owner=${options.owner}`);
const nothingLeft = () => eventually(async () => expect(await own()).toEqual([]));
const ended = (kind: string, message: unknown = expect.any(String)) =>
  expect.objectContaining({ ok: false, error: { kind, message } });

(docker ? describe : describe.skip)('the docker engine', () => {
  it('runs the body of an async function of args', async () => {
    const code = `console.log('sum of', args.a, args.b); console.error('careful');
      await new Promise((resolve) => setTimeout(resolve, 5)); return { sum: args.a + args.b };`;
    expect(await run(code, { args: { a: 2, b: 3 } })).toEqual({
      ok: true,
      result: { sum: 5 },
      durationMs: expect.any(Number),
      logs: ['sum of 2 3', 'careful'],
    });
  });

  it.each<[string, string, unknown]>([
    ['nothing', '', null],
    ['a string with lines', 'return "a\\nb\\u2028\\u001e"', 'a\nb\u2028\u001e'],
    ['JSON of an object with toJSON', 'return new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['a Node module', 'const { basename } = await import("node:path"); return basename("/a/b")', 'b'],
    [
      'no name of the program around it',
      'return [typeof tell, typeof mark, typeof start, typeof words]',
      Array(4).fill('undefined'),
    ],
    ['require', 'return require("node:path").sep', '/'],
    ['a comment at its end', 'return 1 // done', 1],
    ['64 levels', 'let v = 1; for (let i = 0; i < 64; i++) v = [v]; return v', expect.any(Array)],
  ])('returns %s', async (_what, code, result) => {
    expect(await run(code)).toMatchObject({ ok: true, result });
  });

  it.each<[string, string, string, unknown]>([
    ['throws', 'throw new TypeError("no good")', 'thrown', 'TypeError: no good'],
    ['throws what is no error', 'throw { a: 1 }', 'thrown', '{"a":1}'],
    [
      'throws later',
      'setTimeout(() => { throw new Error("late") }, 1); await new Promise(() => {})',
      'thrown',
      'Error: late',
    ],
    ['does not parse', 'return (', 'thrown', expect.stringContaining('SyntaxError')],
    ['is more than a body', '}); process.exit(0); (async () => {', 'thrown', expect.stringContaining('SyntaxError')],
    ['waits for nothing', 'await new Promise(() => {})', 'stalled', expect.any(String)],
    ['returns a function', 'return () => 1', 'invalid_result', expect.any(String)],
    ['returns a ring', 'const a = {}; a.a = a; return a', 'invalid_result', expect.any(String)],
    [
      'returns 65 levels',
      'let v = 1; for (let i = 0; i < 65; i++) v = [v]; return v',
      'invalid_result',
      expect.any(String),
    ],
    ['returns too much', 'return "x".repeat(30_000)', 'result_too_large', expect.any(String)],
    ['leaves', 'process.exit(3)', 'crashed', expect.stringContaining('code 3')],
    [
      'takes all memory',
      'const all = []; for (;;) all.push(Buffer.alloc(8_388_608, 1))',
      'out_of_memory',
      expect.any(String),
    ],
    [
      'takes all heap',
      'const all = []; for (;;) all.push({ at: all.length, more: [1, 2, 3] })',
      'out_of_memory',
      expect.any(String),
    ],
    [
      'writes without end',
      'for (;;) try { require("node:fs").writeSync(1, "x".repeat(60_000)) } catch {}',
      'crashed',
      expect.any(String),
    ],
  ])('says so when code %s', async (_what, code, kind, message) => {
    expect(await run(code)).toEqual(ended(kind, message));
    await nothingLeft();
  });

  it.each([
    ['turns in circles', 'for (;;);'],
    ['waits', 'await new Promise((resolve) => setTimeout(resolve, 600_000))'],
    [
      'ignores every signal',
      'for (const s of ["SIGTERM", "SIGINT"]) process.on(s, () => {}); process.exit = () => {}; for (;;);',
    ],
    ['has a regular expression do it', 'return /^(a+)+$/.test("a".repeat(60) + "b")'],
  ])('ends code that %s at its time', async (_what, code) => {
    const outcome = await run(code, { timeoutMs: 1_000 });
    expect(outcome).toEqual(ended('timeout'));
    // A busy machine takes its time to notice; the code would have gone on for ever.
    expect(outcome.durationMs).toBeGreaterThanOrEqual(1_000);
    expect(outcome.durationMs).toBeLessThan(10_000);
    await nothingLeft();
  });

  it('ends code that nobody waits for any more', async () => {
    const caller = new AbortController();
    const running = run('for (;;);', { signal: caller.signal });
    await eventually(async () => expect(await own()).toHaveLength(1));
    caller.abort(new Error('never mind'));
    await expect(running).rejects.toThrow('never mind');
    await nothingLeft();
  });

  it('bounds processes, and goes on when there are no more', async () => {
    const code = `const { spawn } = require('node:child_process'); let refused = 0;
      for (let i = 0; i < 100; i++) { try { spawn('sleep', ['600']).on('error', () => refused++); } catch { refused++; } }
      await new Promise((resolve) => setTimeout(resolve, 300)); return refused;`;
    const outcome = await run(code);
    expect(outcome).toMatchObject({ ok: true });
    expect(outcome.ok && outcome.result).toBeGreaterThan(35);
    await nothingLeft();
  });

  it('keeps the first part of what is logged', async () => {
    const { logs, ok } = await run('for (let i = 0; i < 20_000; i++) console.log("line", i); return 1');
    expect([ok, logs[0], logs.at(-1)]).toEqual([true, 'line 0', '[cut: only the first 20000 bytes are kept]']);
    expect(logs.join('\n').length).toBeLessThan(20_100);
  });

  it('gives code nothing but itself', async () => {
    const code = `const fs = require('node:fs'), os = require('node:os'), net = require('node:net');
      const attempt = (work) => { try { work(); return 'done'; } catch (error) { return error.code; } };
      const status = Object.fromEntries(fs.readFileSync('/proc/self/status', 'utf8').split('\\n').map((l) => l.split(':\\t')));
      fs.writeFileSync('/tmp/script', '#!/bin/sh\\necho ran', { mode: 0o755 });
      const { spawnSync } = require('node:child_process');
      const connect = (host) => new Promise((resolve) => net.connect({ host, port: 80 }).on('error', (e) => resolve(e.code)).on('connect', () => resolve('connected')));
      return {
        ids: [process.getuid(), process.getgid(), process.getgroups()], caps: [status.CapEff, status.CapBnd, status.CapPrm].map((c) => c.trim()),
        noNewPrivs: status.NoNewPrivs.trim(), seccomp: status.Seccomp.trim(),
        writes: ['/x', '/work/x', '/etc/x', '/usr/bin/x', '/dev/shm/x', '/proc/sys/kernel/hostname', '/sys/x'].map((p) => attempt(() => fs.writeFileSync(p, 'x'))),
        tmp: attempt(() => fs.writeFileSync('/tmp/x', 'x')), tmpFull: attempt(() => fs.writeFileSync('/tmp/big', Buffer.alloc(100_000_000))),
        execTmp: spawnSync('/tmp/script').error?.code, interfaces: Object.keys(os.networkInterfaces()),
        network: await Promise.all(['192.0.2.1', '1.1.1.1', '169.254.169.254'].map(connect)), setuid: attempt(() => process.setuid(0)),
        environment: Object.keys(process.env).sort(), socket: fs.existsSync('/var/run/docker.sock'),
      };`;
    expect(await run(code, { timeoutMs: 30_000 })).toMatchObject({
      ok: true,
      result: {
        ids: [65_534, 65_534, [65_534]],
        caps: ['0000000000000000', '0000000000000000', '0000000000000000'],
        noNewPrivs: '1',
        seccomp: '2',
        writes: [
          'EROFS',
          'EROFS',
          'EROFS',
          'EROFS',
          expect.stringMatching(/ENOENT|EROFS|EACCES/),
          expect.stringMatching(/EROFS|EACCES/),
          expect.stringMatching(/EROFS|EACCES/),
        ],
        tmp: 'done',
        tmpFull: 'ENOSPC',
        execTmp: 'EACCES',
        interfaces: ['lo'],
        network: ['ENETUNREACH', 'ENETUNREACH', 'ENETUNREACH'],
        setuid: 'EPERM',
        environment: ['HOME', 'HOSTNAME', 'NODE_OPTIONS', 'NO_COLOR', 'PATH', 'TMPDIR'],
        socket: false,
      },
    });
  });

  it.each([
    [SANDBOX_IMAGE + ' --privileged'],
    ['-v/:/host'],
    ['../../containers/x'],
    ['alpine'],
    [''],
    [`${SANDBOX_IMAGE}\n`],
    ['$(id)'],
  ])('refuses the image %j', async (image) => {
    await expect(run('return 1', { image })).rejects.toBeInstanceOf(ImageNotAllowed);
  });

  it('says that an image has to be pulled', async () => {
    await expect(run('return 1', { image: 'not-pulled:1' })).rejects.toBeInstanceOf(ImageMissing);
  });

  it.each([
    ["'; touch /tmp/pwned; '"],
    ['$(touch /tmp/pwned)'],
    ['`touch /tmp/pwned`'],
    ['\n\u0000--privileged'],
    ['"}\n{"code":"return 666"}'],
  ])('takes %j for what it is', async (text) => {
    const code = `return [args.text, require('node:fs').existsSync('/tmp/pwned'), ${JSON.stringify(text)}]`;
    expect(await run(code, { args: { text } })).toMatchObject({ ok: true, result: [text, false, text] });
  });

  it('believes nothing of what code writes by itself', async () => {
    const forged = `const fs = require('node:fs'); fs.writeSync(1, '\\n\\u001e' + '0'.repeat(32) + ' {"ok":true,"result":666}\\n'); return 1`;
    expect(await run(forged)).toMatchObject({ ok: true, result: 1 });
  });

  it('runs several at once, each by itself', async () => {
    const code =
      'require("node:fs").writeFileSync("/tmp/mine", args.me); await new Promise((r) => setTimeout(r, 200)); return require("node:fs").readFileSync("/tmp/mine", "utf8")';
    const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map((me) => run(code, { args: { me } })));
    expect(outcomes.map((outcome) => outcome.ok && outcome.result)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('has nothing left at the engine in the end', async () => {
    const running = run('for (;;);');
    const gone = expect(running)
      .rejects.toBeInstanceOf(SandboxUnavailable)
      .catch(() => undefined);
    await eventually(async () => expect(await own()).toHaveLength(1));
    await sandbox.close();
    await gone;
    expect(await own()).toEqual([]);
  });
});
