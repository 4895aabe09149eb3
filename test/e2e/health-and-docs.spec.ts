import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Gateway } from '../support/boot-gateway.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await Gateway.boot();
});
afterAll(() => gateway[Symbol.asyncDispose]());

it('answers /health with its own state', async () => {
  const { status, body } = await gateway.api.get('/health');
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 'ok',
    uptime_seconds: expect.any(Number),
    accepting_signals: true,
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
  });
});

it.each(['/livez', '/readyz'])('answers %s', async (path) => {
  const response = await fetch(gateway.url + path);
  expect([response.status, ((await response.json()) as { status: string }).status]).toEqual([200, 'ok']);
});

it('serves the OpenAPI document and a view of it', async () => {
  const document = (await (await fetch(`${gateway.url}/docs/openapi.json`)).json()) as { paths: object };
  expect(Object.keys(document.paths)).toHaveLength(53);
  const page = await (await fetch(`${gateway.url}/docs`)).text();
  for (const [, asset] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
    expect((await fetch(gateway.url + asset)).status).toBe(200);
  }
  for (const path of ['/docs/assets/package.json', '/docs/assets/..%2fpackage.json', '/docs/assets/index.js']) {
    expect((await fetch(gateway.url + path)).status).toBe(404);
  }
});
