import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Changes } from '#gateway/tools/changes.js';
import type { Tool } from '#gateway/tools/tool.js';
import { type ResourceProvider, ToolSource } from '#gateway/tools/tool-source.js';
import { ResourceNotFound } from '#gateway/tools/tools.errors.js';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { forge } from '../support/forge.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { ModernClient, type OpenStream } from '../support/modern-client.js';
import { aTool } from '../support/scripted-tools.js';

/** A resource of each tenant, at `own://{tenant}`, and one of everybody, at `own://all`. */
const OWN: ResourceProvider = {
  owns: (uri) => uri.startsWith('own://'),
  list: async ({ caller }) => ({ items: [{ uri: `own://${caller.tenant}`, name: caller.tenant }] }),
  templates: () => [],
  async read({ caller }, uri) {
    if (uri !== 'own://all' && uri !== `own://${caller.tenant}`) throw new ResourceNotFound(uri);
    return { contents: [{ uri, text: 'x' }] };
  },
};

@Injectable()
class ChangingSource extends ToolSource {
  readonly name = 'changing';
  override readonly resources = OWN;
  private offered: readonly Tool[] = [aTool('always')];

  constructor(private readonly changes: Changes) {
    super();
  }

  tools(): readonly Tool[] {
    return this.offered;
  }

  offer(...tools: readonly Tool[]): void {
    this.offered = tools;
    this.changes.publish({ kind: 'tools' });
  }

  touch(uri: string, tenant?: string): void {
    this.changes.publish({ kind: 'resource', uri, ...(tenant && { tenant }) });
  }
}

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
const methodsOf = ({ heard }: OpenStream) => heard.map(({ method, params }) => params?.['uri'] ?? method);
const ACK = 'notifications/subscriptions/acknowledged';
const TOOLS = 'notifications/tools/list_changed';

const IN_ACME = { tenant: 'acme', sub: 'ada' };
const IN_UMBRELLA = { tenant: 'umbrella', sub: 'eve' };

let provider: IdentityProvider;
let gateway: Gateway;
let source: ChangingSource;
beforeAll(async () => {
  provider = await IdentityProvider.start();
  gateway = await Gateway.boot(provider.settings, { sources: [ChangingSource] });
  source = gateway.app.get(ChangingSource, { strict: false });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const as = (claims: object, at = gateway) =>
  new ModernClient(`${at.url}/mcp`, { authorization: `Bearer ${forge(provider, { claims: { ...claims } })}` });

/** What the stream has told once this many messages have come. */
const told = (stream: OpenStream, count: number) =>
  eventually(() => {
    expect(stream.heard.length).toBeGreaterThanOrEqual(count);
    return stream.heard;
  });

it('acknowledges first, and only what it will do', async () => {
  const wanted = {
    toolsListChanged: true,
    promptsListChanged: false,
    unheardOf: true,
    resourceSubscriptions: ['own://acme', 'own://umbrella', 'own://gone', 'other://x'],
  };
  using stream = await as(IN_ACME).listen(wanted, { id: 'my id' });
  const [first] = await told(stream, 1);
  expect(first).toEqual({
    jsonrpc: '2.0',
    method: ACK,
    params: {
      notifications: { toolsListChanged: true, resourceSubscriptions: ['own://acme'] },
      _meta: { [SUBSCRIPTION]: 'my id' },
    },
  });
  const { headers } = stream.response;
  expect([headers.get('content-type'), headers.get('x-accel-buffering')]).toEqual(['text/event-stream', 'no']);
});

it('tells those of a change whose own list is another', async () => {
  using acme = await as(IN_ACME).listen({ toolsListChanged: true }, { id: 1 });
  using umbrella = await as(IN_UMBRELLA).listen({ toolsListChanged: true }, { id: 1 });
  using deaf = await as(IN_ACME).listen({ promptsListChanged: true });
  await Promise.all([told(acme, 1), told(umbrella, 1), told(deaf, 1)]);
  source.offer(aTool('always'), aTool('of-acme', { tenants: new Set(['acme']) }));
  await told(acme, 2);
  source.offer(aTool('always'), aTool('of-acme', { tenants: new Set(['acme']) }), aTool('of-all'));
  const [, second, third] = await told(acme, 3);
  await told(umbrella, 2);
  expect([second, third]).toEqual(
    Array(2).fill({ jsonrpc: '2.0', method: TOOLS, params: { _meta: { [SUBSCRIPTION]: 1 } } }),
  );
  expect([methodsOf(acme), methodsOf(umbrella), methodsOf(deaf)]).toEqual([[ACK, TOOLS, TOOLS], [ACK, TOOLS], [ACK]]);
});

it('tells of a resource to those who asked, and may read it', async () => {
  using acme = await as(IN_ACME).listen({ resourceSubscriptions: ['own://acme', 'own://all'] });
  using umbrella = await as(IN_UMBRELLA).listen({ resourceSubscriptions: ['own://acme', 'own://all'] });
  await Promise.all([told(acme, 1), told(umbrella, 1)]);
  source.touch('own://acme', 'acme');
  source.touch('own://all', 'acme');
  source.touch('own://nobody-asked');
  source.touch('own://all');
  await Promise.all([told(acme, 4), told(umbrella, 2)]);
  expect([methodsOf(acme), methodsOf(umbrella)]).toEqual([
    [ACK, 'own://acme', 'own://all', 'own://all'],
    [ACK, 'own://all'],
  ]);
});

it.each<[string, object]>([
  ['no filter', {}],
  ['a filter that is a list', { notifications: [] }],
  ['addresses that are no list', { notifications: { resourceSubscriptions: 'own://acme' } }],
  ['addresses that are no texts', { notifications: { resourceSubscriptions: [1] } }],
  ['more addresses than are looked at', { notifications: { resourceSubscriptions: Array(65).fill('own://acme') } }],
])('refuses %s', async (_what, params) => {
  const { status, error } = await as(IN_ACME).ask('subscriptions/listen', { ...params });
  expect([status, error?.code]).toEqual([200, -32602]);
});

it('forgets who has left, and lets nobody open more than a hundred', async () => {
  const open = async () => Number(/^achilles_mcp_subscriptions_open (\d+)/m.exec(await metrics())?.[1]);
  const metrics = async () => (await fetch(`${gateway.url}/metrics`)).text();
  await eventually(async () => expect(await open()).toBe(0));
  const client = as({ ...IN_ACME, sub: 'greedy' });
  const streams = await Promise.all(Array.from({ length: 100 }, () => client.listen({ toolsListChanged: true })));
  await eventually(async () => expect(await open()).toBe(100));
  const { status, error } = await client.ask('subscriptions/listen', { notifications: {} });
  expect([status, error?.code]).toEqual([429, -32603]);
  using other = await as(IN_ACME).listen({ toolsListChanged: true });
  await told(other, 1);
  for (const stream of streams) stream.leave();
  other.leave();
  await eventually(async () => expect(await open()).toBe(0));
});

it('ends as a request ends when the gateway stops', async () => {
  const other = await Gateway.boot(provider.settings, { sources: [ChangingSource] });
  using stream = await as(IN_ACME, other).listen({ toolsListChanged: true }, { id: 'last' });
  await told(stream, 1);
  await other[Symbol.asyncDispose]();
  await stream.ended;
  expect(stream.heard.at(-1)).toMatchObject({
    id: 'last',
    result: { resultType: 'complete', _meta: { [SUBSCRIPTION]: 'last' } },
  });
});
