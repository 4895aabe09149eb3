import { describe, expect, it } from '@jest/globals';
import { Gateway } from '../support/boot-gateway.js';
import { FakeCore } from '../support/fake-core.js';
import { TestDatabase } from '../support/postgres.js';

const read = async (url: string) => {
  const answer = await fetch(url);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

describe('health', () => {
  it('has the shape of the runbook, at the root', async () => {
    await using gateway = await Gateway.boot();
    expect(await read(`${gateway.url}/health`)).toEqual({
      status: 200,
      body: {
        service: 'achilles-gateway',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        status: 'healthy',
        uptime_seconds: expect.any(Number),
      },
    });
    for (const path of ['/health', '/livez', '/readyz']) {
      expect((await fetch(gateway.url + path, { method: 'HEAD' })).status).toBe(200);
    }
  });

  it('is not ready without its database, but alive; a scrape does not wait for it', async () => {
    const database = await TestDatabase.create();
    await using gateway = await Gateway.boot({ DATABASE_URL: database.url });
    await database[Symbol.asyncDispose]();
    expect(await read(`${gateway.url}/readyz`)).toMatchObject({
      status: 503,
      body: { status: 'error', error: { database: { status: 'down' } } },
    });
    expect((await read(`${gateway.url}/livez`)).status).toBe(200);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toContain('achilles_build_info');
    expect(metrics).not.toMatch(/^achilles_processing_backlog_sessions /m);
  });

  it('is degraded, and ready, without its Core', async () => {
    const core = await FakeCore.start();
    await using gateway = await Gateway.boot({ ...core.settings(), HTTP_MAX_RETRIES: 0 });
    await core[Symbol.asyncDispose]();
    const { status, body } = await read(`${gateway.url}/readyz`);
    expect([status, body['details']]).toMatchObject([200, { achilles_core: { status: 'degraded' } }]);
    await gateway.api.post('/sessions', {});
    expect((await read(`${gateway.url}/health`)).status).toBe(200);
  });

  it('is degraded, and ready, without the Docker Engine that it has been given', async () => {
    await using gateway = await Gateway.boot({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    const { status, body } = await read(`${gateway.url}/readyz`);
    expect([status, body]).toMatchObject([200, { details: { sandbox: { status: 'degraded' } } }]);
    await using plain = await Gateway.boot();
    expect((await read(`${plain.url}/readyz`)).body['details']).not.toHaveProperty('sandbox');
  });
});
