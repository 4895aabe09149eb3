import { afterAll, describe, expect, it } from '@jest/globals';
import { DockerSandboxService } from '#gateway/dynamic-tools/running/docker-sandbox.service.js';
import { Gateway } from '../support/boot-gateway.js';
import { DockerEngineUnderTest, SANDBOX_IMAGE } from '../support/docker-engine.js';
import { aRun } from '../support/docker-stage.js';

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
});
