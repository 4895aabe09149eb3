import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '#database/database.js';
import { SandboxOwners } from '#gateway/dynamic-tools/running/sandbox-owners.js';
import { SandboxUnavailable } from '#sandbox/sandbox.errors.js';
import { DockerEngineUnderTest } from '../support/docker-engine.js';
import { aRun, dockerOptions, leftBy, sandboxAt } from '../support/docker-stage.js';
import { eventually } from '../support/embedded-stage.js';
import { TestDatabase } from '../support/postgres.js';

const docker = await DockerEngineUnderTest.shared();
const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

(docker ? describe : describe.skip)('what gateways leave at the engine', () => {
  let database: TestDatabase;
  let owners: SandboxOwners;
  const soon = () => Date.now() + 600_000;
  const left = async () => (await docker!.docker('ps', '-aq', '--no-trunc')).split('\n');
  const seen = (owner: string, secondsAgo: number) =>
    database.query(`insert into sandbox_owners values ($1, now() - $2 * interval '1 second')`, [owner, secondsAgo]);
  beforeAll(async () => {
    database = stack.use(await TestDatabase.create());
    const pool = Database.open({ connectionString: database.url }, 2, () => undefined);
    stack.defer(() => pool.destroy());
    owners = new SandboxOwners(pool);
  });

  it('goes when its owner is dead or its time has passed; nobody else loses anything', async () => {
    const [dead, late, alive, unknown] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    await seen(dead, 41);
    await seen(late, 30);
    expect(await owners.dead([dead, late, unknown])).toEqual([dead]);
    await seen(alive, 0);
    const volume = `left-${dead}`;
    await docker!.docker(
      'volume',
      'create',
      `--label=achilles.owner=${dead}`,
      `--label=achilles.expires=${soon()}`,
      volume,
    );
    const ofDead = [await leftBy(docker!, dead, soon()), await leftBy(docker!, dead, soon())];
    // Another suite's gateway may take this one away first: nobody misses it.
    const expired = await leftBy(docker!, unknown, Date.now() - 1);
    const kept = [await leftBy(docker!, alive, soon()), await leftBy(docker!, unknown, soon())];
    const { reaper } = sandboxAt(stack, dockerOptions(docker!.host, { owners }));
    // After a time in which it could not say that it is alive, others may not have been able to either.
    await reaper.round();
    expect(await left()).toEqual(expect.arrayContaining([...ofDead, ...kept]));
    const volumes = () => docker!.docker('volume', 'ls', '-q');
    expect(await volumes()).toContain(volume);
    // An engine that is too busy to answer in a round is asked again in the next.
    await eventually(async () => {
      await reaper.round();
      const now = await left();
      for (const id of [...ofDead, expired]) expect(now).not.toContain(id);
      expect(await volumes()).not.toContain(volume);
    });
    expect(await left()).toEqual(expect.arrayContaining(kept));
    await docker!.docker('rm', '-f', ...kept);
  });

  it('is told from the rows of those that run', async () => {
    const owner = randomUUID();
    const sandbox = sandboxAt(stack, dockerOptions(docker!.host, { owners, owner }));
    const rows = () => database.query('select 1 from sandbox_owners where id = $1', [owner]);
    expect(await rows()).toEqual([]);
    await sandbox.engine.run(aRun('return 1'));
    expect(await rows()).toHaveLength(1);
    await sandbox.close();
    expect(await rows()).toEqual([]);
  });

  it('does not depend on the database', async () => {
    const away = { beat: fails, dead: fails, leave: fails };
    const sandbox = sandboxAt(stack, dockerOptions(docker!.host, { owners: away }));
    expect(await sandbox.engine.run(aRun('return 1'))).toMatchObject({ ok: true });
    const expired = await leftBy(docker!, randomUUID(), Date.now() - 1);
    await eventually(async () => {
      await sandbox.reaper.round();
      expect(await left()).not.toContain(expired);
    });
  });

  it('ends by itself when the gateway is killed', async () => {
    const options = dockerOptions(docker!.host);
    const script = `
      const { DockerSandbox } = await import(${JSON.stringify(new URL('../../libs/sandbox/src/docker/docker-sandbox.js', import.meta.url).href)});
      const sandbox = new DockerSandbox({ ...${JSON.stringify(options)}, owners: { beat: async () => {}, dead: async () => [], leave: async () => {} } });
      await sandbox.sessions.initialize({ tenant: 'acme', subject: 'ann' }, {});
      void sandbox.engine.run({ tenant: 'acme', code: 'await new Promise((r) => setTimeout(r, 600000))', args: {}, timeoutMs: 60000, signal: new AbortController().signal });
      setInterval(() => {}, 1000);`;
    const gateway = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ofGateway = () => docker!.containers(`achilles.owner=${options.owner}`);
    const running = async () => {
      const ids = await docker!.docker('ps', '-q', '--filter', `label=achilles.owner=${options.owner}`);
      return ids.split('\n').filter(Boolean);
    };
    await eventually(async () => expect(await running()).toHaveLength(2), 40_000);
    const ended = once(gateway, 'exit');
    gateway.kill('SIGKILL');
    await ended;
    await eventually(async () => expect(await ofGateway()).toEqual([]));
  });
});

(docker ? describe : describe.skip)('an engine that goes away', () => {
  it('is missed quickly, whatever it does, and used again when it is back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'achilles-docker-own-'));
    const engine = stack.adopt(await DockerEngineUnderTest.own(folder), (own) => own.remove());
    const lines: string[] = [];
    const sandbox = sandboxAt(stack, dockerOptions(engine.host, { log: (line) => lines.push(line) }));
    const run = () => sandbox.engine.run(aRun('return 1'));
    expect(await run()).toMatchObject({ ok: true });
    expect(await sandbox.answers()).toBe(true);

    await engine.signal('SIGSTOP');
    await expect(run()).rejects.toBeInstanceOf(SandboxUnavailable);
    expect(await sandbox.answers()).toBe(false);
    await engine.signal('SIGCONT');
    await eventually(async () => expect(await run()).toMatchObject({ ok: true }));

    const caught = sandbox.engine
      .run(aRun('await new Promise((r) => setTimeout(r, 600000))'))
      .catch((error: unknown) => error);
    await eventually(async () => expect(await engine.containers()).toHaveLength(1));
    await engine.stop();
    // Its containers end with it, or it is not there to be asked: never a result.
    expect(await caught).not.toMatchObject({ ok: true });
    await expect(run()).rejects.toBeInstanceOf(SandboxUnavailable);
    expect(await sandbox.answers()).toBe(false);
    await engine.start();
    await eventually(async () => expect(await run()).toMatchObject({ ok: true }));
    await eventually(async () => expect(await engine.containers()).toEqual([]));
    // Each time is said once. Where the machine stood still, it may have been away once more than we made it.
    expect(lines).toEqual(lines.map((_, at) => `the Docker Engine is ${at % 2 === 0 ? 'away' : 'back'}`));
    expect([4, 6, 8]).toContain(lines.length);
  });

  it.each(['unix:///nowhere/docker.sock', 'tcp://127.0.0.1:1', 'http://127.0.0.1:1', 'https://127.0.0.1:1'])(
    'may never have been at %s',
    async (host) => {
      const sandbox = sandboxAt(stack, dockerOptions(host));
      await expect(sandbox.engine.run(aRun('return 1'))).rejects.toBeInstanceOf(SandboxUnavailable);
      expect(await sandbox.answers()).toBe(false);
    },
  );
});

const fails = () => Promise.reject(new Error('the database is away'));
