import { afterAll, describe, expect, it } from '@jest/globals';
import { ImageNotAllowed, PackageNotAllowed, SandboxBusy, SessionNotFound } from '#sandbox/sandbox.errors.js';
import type { SessionOwner } from '#sandbox/sandbox-sessions.js';
import { DockerEngineUnderTest, SANDBOX_IMAGE } from '../support/docker-engine.js';
import { dockerOptions, sandboxAt } from '../support/docker-stage.js';
import { eventually } from '../support/embedded-stage.js';

const docker = await DockerEngineUnderTest.shared();
const stack = new AsyncDisposableStack();
const options = dockerOptions(docker?.host ?? 'unix:///nowhere', { maxTimeoutMs: 20_000 });
const sandbox = sandboxAt(stack, options);
const { sessions } = sandbox;
afterAll(() => stack.disposeAsync());

const ANN: SessionOwner = { tenant: 'acme', subject: 'ann' };
const OTHERS: readonly SessionOwner[] = [
  { tenant: 'acme', subject: 'bob' },
  { tenant: 'globex', subject: 'ann' },
];
const never = () => new AbortController().signal;
const open = async (wanted = {}) => (await sessions.initialize(ANN, wanted)).sessionId;
const sh = async (id: string, ...commands: string[]) =>
  (await sessions.exec(ANN, id, commands, 20_000, never())).results;
const js = (id: string, code: string, timeoutMs = 20_000) =>
  sessions.runJs(ANN, id, { code, dependencies: [], timeoutMs }, never());
const own = () => docker!.containers(`achilles.owner=${options.owner}`);

(docker ? describe : describe.skip)('sandbox sessions', () => {
  let id = '';

  it('begins with a container', async () => {
    const begun = await sessions.initialize(ANN, {});
    id = begun.sessionId;
    expect(begun).toEqual({
      sessionId: expect.stringMatching(/^mcp-sbx-[0-9a-f-]{36}$/),
      image: SANDBOX_IMAGE,
      timeoutMs: 60_000,
    });
    expect(await own()).toHaveLength(1);
  });

  it('runs commands until one fails', async () => {
    const results = await sh(id, 'echo out; echo err >&2', 'pwd; id -u', 'exit 3', 'echo never');
    expect(results).toEqual([
      { command: 'echo out; echo err >&2', exitCode: 0, stdout: 'out\n', stderr: 'err\n', truncated: false },
      { command: 'pwd; id -u', exitCode: 0, stdout: '/work\n65534\n', stderr: '', truncated: false },
      { command: 'exit 3', exitCode: 3, stdout: '', stderr: '', truncated: false },
    ]);
  });

  it('keeps files between calls, of commands and of code', async () => {
    await sh(id, 'echo kept > /work/file');
    expect(await js(id, 'return require("node:fs").readFileSync("file", "utf8")')).toMatchObject({
      ok: true,
      result: 'kept\n',
    });
    await js(id, 'require("node:fs").writeFileSync("module.mjs", "export default 42")');
    expect(await js(id, 'return (await import("./module.mjs")).default')).toMatchObject({ ok: true, result: 42 });
  });

  it('is as closed as any run', async () => {
    const [result] = await sh(
      id,
      'grep -E "CapEff|NoNewPrivs|Seccomp:" /proc/self/status; touch /x /deps/x 2>&1; printf "#!/bin/sh\\n" > s; chmod +x s; ./s 2>&1; ls /sys/class/net',
    );
    expect(result!.stdout).toBe(
      'CapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\ntouch: /x: Read-only file system\ntouch: /deps/x: Read-only file system\nsh: ./s: Permission denied\nlo\n',
    );
  });

  it.each([
    'sleep 600',
    'for i in 1 2 3; do sleep 600 & done; setsid sleep 600 & wait',
    'trap "" TERM INT HUP; while :; do :; done',
    'f() { f | f & }; f; sleep 600',
  ])('kills %j and what it started when it takes too long, and goes on', async (command) => {
    const { results } = await sessions.exec(ANN, id, [command, 'echo never'], 1_000, never());
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({
      exitCode: 124,
      stderr: expect.stringContaining('every process of the session was killed'),
    });
    // The init, the keeper, and this shell.
    const [left] = await sh(id, 'cat file; set -- /proc/[0-9]*; echo $#');
    expect(left!.stdout).toBe('kept\n3\n');
  });

  it('ends code in time, and goes on', async () => {
    expect(await js(id, 'for (;;);', 1_000)).toMatchObject({ ok: false, error: { kind: 'timeout' } });
    expect(await js(id, 'const all = []; for (;;) all.push(Buffer.alloc(8_388_608, 1))')).toMatchObject({
      ok: false,
      error: { kind: 'out_of_memory' },
    });
    expect(await js(id, 'return 1')).toMatchObject({ ok: true, result: 1 });
  });

  it('ends a command that nobody waits for any more', async () => {
    const caller = new AbortController();
    const running = sessions.exec(ANN, id, ['sleep 600'], 20_000, caller.signal);
    setTimeout(() => caller.abort(new Error('never mind')), 300);
    await expect(running).rejects.toThrow('never mind');
    expect((await sh(id, 'ps | grep -c "[s]leep" || true'))[0]!.stdout).toBe('0\n');
  });

  it('keeps the first part of what commands write', async () => {
    const [result] = await sh(id, 'seq 1 100000');
    expect(result).toMatchObject({ exitCode: 0, truncated: true });
    expect(result!.stdout).toHaveLength(options.maxOutputBytes);
    expect((await sh(id, 'while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done'))[0]).toMatchObject({
      exitCode: 137,
      truncated: true,
    });
  });

  it.each(OTHERS)('is none at all for %j', async (other) => {
    const run = { code: 'return 1', dependencies: [], timeoutMs: 1_000 };
    await expect(sessions.exec(other, id, ['id'], 1_000, never())).rejects.toBeInstanceOf(SessionNotFound);
    await expect(sessions.runJs(other, id, run, never())).rejects.toBeInstanceOf(SessionNotFound);
    await expect(sessions.stop(other, id)).rejects.toThrow('Start a new one with sandbox.initialize');
    await expect(sessions.stop(other, id)).rejects.toBeInstanceOf(SessionNotFound);
    expect(await sessions.list(other)).toEqual([]);
    expect(await sessions.list(ANN)).toEqual([
      { id, image: SANDBOX_IMAGE, createdAt: expect.any(String), lastUsedAt: expect.any(String) },
    ]);
  });

  it.each([['../' + SANDBOX_IMAGE], ['x; id']])('refuses the image %j, and packages by other ways', async (image) => {
    await expect(sessions.initialize(ANN, { image })).rejects.toBeInstanceOf(ImageNotAllowed);
    const run = { code: '', dependencies: [{ name: 'a', version: 'file:/etc' }], timeoutMs: 1_000 };
    await expect(sessions.runJs(ANN, id, run, never())).rejects.toBeInstanceOf(PackageNotAllowed);
  });

  it('has so many at once', async () => {
    const [second, third] = await Promise.all([open(), open()]);
    await expect(open()).rejects.toBeInstanceOf(SandboxBusy);
    await Promise.all([second!, third!].map((each) => sessions.stop(ANN, each)));
    expect(await own()).toHaveLength(1);
  });

  it('ends when it is idle', async () => {
    const idle = await open({ timeoutMs: 1_000 });
    await eventually(async () => expect((await sessions.list(ANN)).map((session) => session.id)).toEqual([id]));
    await expect(sh(idle, 'id')).rejects.toBeInstanceOf(SessionNotFound);
    await eventually(async () => expect(await own()).toHaveLength(1));
  });

  it('is over when its container is', async () => {
    const dead = await open();
    await docker!.docker('kill', dead);
    await eventually(() => expect(sh(dead, 'id')).rejects.toBeInstanceOf(SessionNotFound));
  });

  it('ends with the gateway', async () => {
    await sandbox.close();
    expect(await own()).toEqual([]);
    expect(await docker!.docker('volume', 'ls', '-q', '--filter', `label=achilles.owner=${options.owner}`)).toBe('');
    expect(await sessions.list(ANN)).toEqual([]);
  });
});
