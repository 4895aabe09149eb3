import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { DockerSandboxService } from '#gateway/dynamic-tools/running/docker-sandbox.service.js';
import { Gateway } from '../support/boot-gateway.js';
import { DockerEngineUnderTest, SANDBOX_IMAGE } from '../support/docker-engine.js';
import { aRun, leftBy } from '../support/docker-stage.js';
import { eventually } from '../support/embedded-stage.js';
import { GatewayProcess } from '../support/gateway-process.js';

const docker = await DockerEngineUnderTest.shared();
const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

(docker ? describe : describe.skip)('a gateway with a Docker Engine', () => {
  it('runs code there, says that it lives, is ready, and leaves nothing', async () => {
    const gateway = await Gateway.boot({
      DOCKER_HOST: docker!.host,
      MCP_SANDBOX_ALLOWED_IMAGES: SANDBOX_IMAGE,
      MCP_SANDBOX_MEMORY_LIMIT: '128m',
    });
    stack.use(gateway);
    const { sandbox } = gateway.app.get(DockerSandboxService, { strict: false });
    expect(await sandbox!.engine.run(aRun('return args.a', { args: { a: 1 } }))).toMatchObject({ ok: true, result: 1 });
    const { sessionId } = await sandbox!.sessions.initialize({ tenant: 'acme', subject: 'ann' }, {});
    expect(await docker!.docker('ps', '--format={{.Names}}')).toContain(sessionId);
    const [owner] = await gateway.database!.query<{ id: string }>('select id from sandbox_owners');
    const ready = (await (await fetch(`${gateway.url}/readyz`)).json()) as { details: object };
    expect(ready.details).toMatchObject({ sandbox: { status: 'up' } });
    await gateway.app.close();
    expect(await docker!.containers(`achilles.owner=${owner!.id}`)).toEqual([]);
    expect(await gateway.database!.query('select id from sandbox_owners')).toEqual([]);
  });

  it('takes away, of its own accord, what a gateway that was killed has left', async () => {
    const settings = { DOCKER_HOST: docker!.host, MCP_SANDBOX_ALLOWED_IMAGES: SANDBOX_IMAGE };
    const gateway = stack.use(await Gateway.boot(settings));
    const database = gateway.database!;
    const ids = async () => {
      const rows = await database.query<{ id: string }>('select id from sandbox_owners');
      return rows.map(({ id }) => id);
    };
    const [own] = await eventually(async () => {
      expect(await ids()).toHaveLength(1);
      return ids();
    });
    const { sessions } = gateway.app.get(DockerSandboxService, { strict: false }).sandbox!;
    const ann = { tenant: 'acme', subject: 'ann' };
    const { sessionId } = await sessions.initialize(ann, {});

    const killed = stack.use(await GatewayProcess.start({ ...settings, DATABASE_URL: database.url }));
    // It is known from its start on, whatever becomes of the database before it runs anything.
    const dead = await eventually(async () => {
      const found = (await ids()).find((id) => id !== own);
      expect(found).toBeDefined();
      return found!;
    });
    process.kill(killed.pid, 'SIGKILL');
    const hour = Date.now() + 3_600_000;
    const [left, stranger] = [await leftBy(docker!, dead, hour), await leftBy(docker!, randomUUID(), hour)];
    await database.query(`update sandbox_owners set seen_at = now() - interval '41 seconds' where id = $1`, [dead]);
    const there = () => docker!.docker('ps', '-aq', '--no-trunc');
    // Two rounds of its timer, and what the engine takes.
    await eventually(async () => expect(await there()).not.toContain(left), 90_000);
    expect(await there()).toContain(stranger);
    await docker!.docker('rm', '-f', stranger);
    const { signal } = new AbortController();
    expect(await sessions.exec(ann, sessionId, ['echo here'], 20_000, signal)).toMatchObject({
      results: [{ stdout: 'here\n' }],
    });
  });
});
