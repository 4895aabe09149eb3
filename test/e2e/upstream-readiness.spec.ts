import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { MisbehavingUpstream } from '../support/misbehaving-upstream.js';
import { OriginServer } from '../support/origin-server.js';
import { upstreamsFile } from '../support/upstreams-file.js';

const NOWHERE = 'http://127.0.0.1:9/mcp';

const stack = new AsyncDisposableStack();
let well: MisbehavingUpstream;
let guarded: OriginServer;
let gateway: Gateway;

beforeAll(async () => {
  well = stack.use(await MisbehavingUpstream.start());
  guarded = stack.use(await OriginServer.start());
  guarded.answer = (response) => response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
});
afterAll(() => stack.disposeAsync());

async function boot(upstreams: Readonly<Record<string, object>>): Promise<void> {
  const entries = Object.entries(upstreams).map(([name, entry]) => [name, { kind: 'http', ...entry }]);
  const file = stack.use(await upstreamsFile(JSON.stringify({ upstreams: Object.fromEntries(entries) })));
  gateway = stack.use(await Gateway.boot({ UPSTREAMS_FILE: file.path }));
}

const ready = async () => {
  const response = await fetch(`${gateway.url}/readyz`);
  const body = (await response.json()) as { details: Record<string, unknown> };
  return [response.status, body.details['upstreams']];
};

async function figures(): Promise<Record<string, number>> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const lines = text.matchAll(/^achilles_upstream_up\{upstream="([^"]+)"\} (\d)$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name, Number(value)]));
}

describe('/readyz', () => {
  it('says nothing of upstreams where there are none', async () => {
    await boot({});
    expect(await ready()).toEqual([200, undefined]);
    expect(await figures()).toEqual({});
  });

  it('lists those that are away, and is well all the same', async () => {
    await boot({
      well: { url: well.url, required: true },
      gone: { url: NOWHERE },
      off: { url: NOWHERE, enabled: false },
    });
    await eventually(async () => expect(await ready()).toEqual([200, { status: 'up', away: ['gone'] }]), 30_000);
    await eventually(async () => expect(await figures()).toEqual({ gone: 0, well: 1 }));
  });

  it('is degraded, not down, while one that is required is away', async () => {
    await boot({ gone: { url: NOWHERE, required: true }, other: { url: NOWHERE } });
    await eventually(async () => {
      const expected = { status: 'degraded', message: 'do not answer', away: ['gone', 'other'] };
      expect(await ready()).toEqual([200, expected]);
    }, 30_000);
  });
});

it('an upstream that lets nobody in is alive to a probe, and says so when it is tried', async () => {
  await boot({ guarded: { url: `${guarded.url}/mcp` } });
  const response = await fetch(`${gateway.url}/admin/upstreams/guarded/test`, { method: 'POST' });
  const { ok, steps } = (await response.json()) as { ok: boolean; steps: { step: string; ok: boolean }[] };
  expect([ok, steps.map((one) => [one.step, one.ok])]).toEqual([
    false,
    [
      ['resolve', true],
      ['connect', true],
      ['auth', true],
      ['era', false],
    ],
  ]);
});
