import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DockerOptions } from '#sandbox/docker/docker-options.js';
import { DependenciesFailed, PackageNotAllowed } from '#sandbox/sandbox.errors.js';
import type { Dependency } from '#sandbox/sandbox.js';
import { DockerEngineUnderTest } from '../support/docker-engine.js';
import { aRun, dockerOptions, sandboxAt } from '../support/docker-stage.js';
import { eventually } from '../support/embedded-stage.js';
import { NpmRegistry } from '../support/npm-registry.js';

const docker = await DockerEngineUnderTest.shared();
const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

const GREETER = {
  name: 'greeter',
  version: '1.2.3',
  manifest: {
    type: 'module',
    exports: './index.js',
    dependencies: { '@acme/words': '^2.0.0' },
    scripts: { postinstall: 'echo ran > ran' },
  },
  files: { 'index.js': 'import { hello } from "@acme/words"; export const greet = (name) => `${hello} ${name}`;' },
};
const WORDS = {
  name: '@acme/words',
  version: '2.1.0',
  manifest: { main: 'index.cjs' },
  files: { 'index.cjs': 'exports.hello = "hello";' },
};
const SNEAKY = {
  name: 'sneaky',
  version: '1.0.0',
  manifest: { dependencies: { inside: 'http://169.254.169.254/latest' } },
  files: {},
};
const GREET: readonly Dependency[] = [{ name: 'greeter', version: '^1.0.0' }];
const CODE = `const { greet } = await import('greeter'); const fs = require('node:fs');
  let written = 'yes'; try { fs.writeFileSync('/work/node_modules/greeter/index.js', ''); } catch (error) { written = error.code; }
  return [greet(args.name), require('@acme/words').hello, fs.existsSync('/work/node_modules/greeter/ran'), written, Object.keys(require('node:os').networkInterfaces())];`;
const GREETED = ['hello ann', 'hello', false, 'EROFS', ['lo']];

(docker ? describe : describe.skip)('dependencies', () => {
  let registry: NpmRegistry;
  let sandbox: ReturnType<typeof sandboxAt>;
  const another = () =>
    sandboxAt(
      stack,
      dockerOptions(docker!.host, { npmRegistry: registry.url, limits: { memory: 384 * 1_048_576, cpus: 1 } }),
    );
  const run = (code: string, dependencies: readonly Dependency[], args = {}) =>
    sandbox.engine.run(aRun(code, { dependencies, args }));
  const volumes = async () =>
    (await docker!.docker('volume', 'ls', '-q', '--filter', 'label=achilles.kind=dependencies'))
      .split('\n')
      .filter(Boolean);
  beforeAll(async () => {
    registry = stack.use(await NpmRegistry.start(await docker!.gateway(), [GREETER, WORDS, SNEAKY]));
    sandbox = another();
  });

  it('are installed once for all who want them at the same time, and found by import', async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => run(CODE, GREET, { name: 'ann' })));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ ok: true, result: GREETED });
    expect(registry.asked.filter((url) => url === '/greeter')).toHaveLength(1);
    expect(await volumes()).toHaveLength(1);
  });

  it('are kept, for another gateway too', async () => {
    registry.asked.length = 0;
    expect(await run(CODE, GREET, { name: 'ann' })).toMatchObject({ ok: true, result: GREETED });
    const other = await another().engine.run(aRun(CODE, { dependencies: GREET, args: { name: 'ann' } }));
    expect(other).toMatchObject({ ok: true, result: GREETED });
    expect(registry.asked).toEqual([]);
  });

  it('are installed again where somebody took them away', async () => {
    await eventually(async () => docker!.docker('volume', 'rm', ...(await volumes())));
    expect(await run(CODE, GREET, { name: 'ann' })).toMatchObject({ ok: true, result: GREETED });
  });

  it('are there for a session, beside each other', async () => {
    const owner = { tenant: 'acme', subject: 'ann' };
    const { sessionId } = await sandbox.sessions.initialize(owner, {});
    const signal = new AbortController().signal;
    const inSession = (code: string, dependencies: readonly Dependency[]) =>
      sandbox.sessions.runJs(owner, sessionId, { code, dependencies, timeoutMs: 20_000 }, signal);
    expect(await inSession('return (await import("greeter")).greet("bob")', GREET)).toMatchObject({
      ok: true,
      result: 'hello bob',
    });
    expect(
      await inSession('return require("@acme/words").hello', [{ name: '@acme/words', version: '2.1.0' }]),
    ).toMatchObject({ ok: true, result: 'hello' });
    expect(await inSession('return (await import("greeter")).greet("cid")', GREET)).toMatchObject({
      ok: true,
      result: 'hello cid',
    });
    await sandbox.sessions.stop(owner, sessionId);
  });

  it.each<[string, Dependency]>([
    ['that there is none of', { name: 'no-such-package', version: '1.0.0' }],
    ['of a version that there is not', { name: 'greeter', version: '9.9.9' }],
    ['that asks for something elsewhere', { name: 'sneaky', version: '1.0.0' }],
  ])('leave nothing behind when one %s', async (_what, dependency) => {
    const before = await volumes();
    const failed = await run('return 1', [dependency]).catch((error: Error) => error);
    expect(failed).toBeInstanceOf(DependenciesFailed);
    expect((failed as Error).message.length).toBeLessThan(700);
    expect((failed as Error).message).not.toContain(new URL(registry.url).host);
    expect(await volumes()).toEqual(before);
    expect(await docker!.containers('achilles.kind=install')).toEqual([]);
  });

  it.each<[string, string]>([
    ['pm2', '1.0.0'],
    ['child_process', '*'],
    ['npm', '^10'],
    ['greeter', 'npm:pm2@1.0.0'],
    ['greeter', 'git+https://example.org/a.git'],
    ['greeter', 'github:user/repo'],
    ['greeter', 'user/repo'],
    ['greeter', 'file:/etc'],
    ['greeter', '../etc'],
    ['greeter', '..'],
    ['greeter', 'x.tgz'],
    ['greeter', 'http://169.254.169.254/'],
    ['greeter', '1.0.0; id'],
    ['greeter', '$(id)'],
    ['greeter', '  '],
    ['greeter', ''],
    ['--registry=http://evil', '1.0.0'],
    ['../greeter', '1.0.0'],
    ['greeter@npm:pm2', '1.0.0'],
    ['a b', '1.0.0'],
    ['__proto__', '1.0.0'],
    ['greeter\n', '1.0.0'],
    ['@acme/../x', '1.0.0'],
  ])('refuse %j at %j', async (name, version) => {
    registry.asked.length = 0;
    await expect(run('return 1', [{ name, version }])).rejects.toBeInstanceOf(PackageNotAllowed);
    expect(registry.asked).toEqual([]);
  });

  it('refuse a name twice', async () => {
    await expect(run('return 1', [...GREET, ...GREET])).rejects.toBeInstanceOf(PackageNotAllowed);
  });

  it('are installed again where there is an empty volume of that name', async () => {
    await run(CODE, GREET, { name: 'ann' });
    // So it is when another gateway takes the volume away before a container of this one holds it.
    for (const name of await volumes()) {
      await eventually(() => docker!.docker('volume', 'rm', name));
      await docker!.docker('volume', 'create', name);
    }
    expect(await run(CODE, GREET, { name: 'ann' })).toMatchObject({ ok: true, result: GREETED });
    const owner = { tenant: 'acme', subject: 'ann' };
    const { sessionId } = await sandbox.sessions.initialize(owner, {});
    for (const name of await volumes()) {
      await eventually(() => docker!.docker('volume', 'rm', name));
      await docker!.docker('volume', 'create', name);
    }
    const code = 'return (await import("greeter")).greet("bob")';
    const signal = new AbortController().signal;
    const again = { code, dependencies: GREET, timeoutMs: 20_000 };
    expect(await sandbox.sessions.runJs(owner, sessionId, again, signal)).toMatchObject({
      ok: true,
      result: 'hello bob',
    });
    await sandbox.sessions.stop(owner, sessionId);
    // They are found again by who tidies up.
    expect(await volumes()).toHaveLength(1);
  });

  describe('of which two sets may be kept', () => {
    const [A, B, C] = ['2.1.0', '^2.0.0', '^2.1.0'].map((version) => [{ name: '@acme/words', version }]);
    const HELLO = 'return require("@acme/words").hello';
    let options: DockerOptions;
    let two: ReturnType<typeof sandboxAt>;
    const hello = (dependencies: readonly Dependency[], code = HELLO) => two.engine.run(aRun(code, { dependencies }));
    /** Whether the set had to be installed for a run. */
    const installs = async (dependencies: readonly Dependency[]) => {
      registry.asked.length = 0;
      expect(await hello(dependencies)).toMatchObject({ ok: true, result: 'hello' });
      return registry.asked.length > 0;
    };
    beforeAll(async () => {
      const left = await docker!.docker('volume', 'ls', '-q', '--filter', 'name=achilles-deps-');
      for (const name of left.split('\n').filter(Boolean)) {
        await eventually(() => docker!.docker('volume', 'rm', name));
      }
      const limits = { memory: 384 * 1_048_576, cpus: 1 };
      options = dockerOptions(docker!.host, { npmRegistry: registry.url, limits, dependencySets: 2 });
      two = sandboxAt(stack, options);
    });

    it('the one goes that was not used for longest', async () => {
      expect([await installs(A!), await installs(B!), await installs(A!)]).toEqual([true, true, false]);
      expect(await installs(C!)).toBe(true);
      expect(await volumes()).toHaveLength(2);
      expect([await installs(A!), await installs(B!)]).toEqual([false, true]);
      expect(await volumes()).toHaveLength(2);
    });

    it('one stays that is in use, however long ago that began', async () => {
      const ended = new AbortController();
      const code = 'await new Promise((resolve) => setTimeout(resolve, 600000))';
      const running = async () => {
        const filters = [`label=achilles.owner=${options.owner}`, 'label=achilles.kind=run'];
        return docker!.docker('ps', '-aq', ...filters.flatMap((filter) => ['--filter', filter]));
      };
      await eventually(async () => expect(await running()).toBe(''), 60_000);
      const held = two.engine.run(aRun(code, { dependencies: A!, signal: ended.signal }));
      held.catch(() => undefined);
      const id = await eventually(async () => {
        const found = await running();
        expect(found).not.toBe('');
        return found;
      }, 60_000);
      const ofA = await docker!.docker('inspect', '--format={{(index .Mounts 0).Name}}', id);
      expect(await installs(B!)).toBe(false);
      expect(await installs(C!)).toBe(true);
      expect(await volumes()).toContain(ofA);
      expect(await volumes()).toHaveLength(2);
      ended.abort();
      await expect(held).rejects.toBeDefined();
      expect(await installs(A!)).toBe(false);
    });
  });
});
