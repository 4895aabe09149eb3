import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Changes } from '#gateway/tools/changes.js';
import type { Tool } from '#gateway/tools/tool.js';
import { type ResourceProvider, ToolSource } from '#gateway/tools/tool-source.js';
import { ResourceNotFound } from '#gateway/tools/tools.errors.js';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { forge } from '../support/forge.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { eventsOf, McpSession } from '../support/legacy-mcp.js';
import { ModernClient, type OpenStream } from '../support/modern-client.js';

const KNOWN = 'up://known/';

/** An upstream's resources: `up://known/x` is the upstream's `x`, and `up://known/umbrella-…` one tenant's only. */
const RESOURCES: ResourceProvider = {
  owns: (uri) => uri.startsWith(KNOWN),
  list: async () => ({ items: [] }),
  templates: () => [],
  async read({ caller }, uri) {
    if (uri.includes('umbrella') && caller.tenant !== 'umbrella') throw new ResourceNotFound(uri);
    return { contents: [{ uri, text: 'x' }] };
  },
};

/** A source that subscribes at its upstream, and maps the upstream's addresses, as sources of upstreams do. */
@Injectable()
class SubscribingSource extends ToolSource {
  readonly name = 'subscribing';
  override readonly resources = RESOURCES;
  /** What was asked of the upstream, in its own addresses. */
  readonly asked: string[] = [];
  private readonly subscribed = new Map<string, { mount: string; uri: string }>();

  constructor(private readonly changes: Changes) {
    super();
    changes.whileWanted(({ mount, uri }) => {
      if (!uri.startsWith(KNOWN)) return undefined;
      const own = uri.slice(KNOWN.length);
      this.asked.push(`subscribe ${own}`);
      this.subscribed.set(own, { mount, uri });
      return () => {
        this.asked.push(`unsubscribe ${own}`);
        this.subscribed.delete(own);
      };
    });
  }

  tools(): readonly Tool[] {
    return [];
  }

  /** The upstream says that one of its own resources has changed. */
  updated(own: string): void {
    const address = this.subscribed.get(own);
    if (address) this.changes.tell({ kind: 'resource', ...address });
  }

  elsewhere(own: string): void {
    this.changes.tell({ kind: 'resource', uri: KNOWN + own, mount: '/mcp/u/other' });
  }
}

let provider: IdentityProvider;
let gateway: Gateway;
let source: SubscribingSource;
beforeAll(async () => {
  provider = await IdentityProvider.start();
  gateway = await Gateway.boot(provider.settings, { sources: [SubscribingSource] });
  source = gateway.app.get(SubscribingSource, { strict: false });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const bearer = (tenant: string) => ({ authorization: `Bearer ${forge(provider, { claims: { tenant, sub: 'ada' } })}` });
const modern = (tenant = 'acme') => new ModernClient(`${gateway.url}/mcp`, bearer(tenant));
const legacy = (tenant = 'acme') => McpSession.open(`${gateway.url}/mcp`, {}, bearer(tenant));
const askedFor = (own: string) => source.asked.filter((line) => line.endsWith(` ${own}`));
const updatesIn = ({ heard }: OpenStream) =>
  heard.filter(({ method }) => method === 'notifications/resources/updated').map(({ params }) => params!['uri']);

describe('what is subscribed to here', () => {
  it('is subscribed to at the upstream, once for all, until the last one leaves', async () => {
    const uri = `${KNOWN}shared`;
    using first = await modern().listen({ resourceSubscriptions: [uri] });
    using second = await modern('umbrella').listen({ resourceSubscriptions: [uri] });
    const session = await legacy();
    await session.call('resources/subscribe', { uri });
    const leave = new AbortController();
    const events = eventsOf(await session.listen(undefined, leave.signal));
    await events.next();
    await eventually(() => expect(first.heard.length + second.heard.length).toBe(2));
    expect(askedFor('shared')).toEqual(['subscribe shared']);

    source.updated('shared');
    source.elsewhere('shared');
    const { value } = (await events.next()) as { value: { data: string } };
    expect(JSON.parse(value.data)).toMatchObject({ method: 'notifications/resources/updated', params: { uri } });
    await eventually(() => expect([updatesIn(first), updatesIn(second)]).toEqual([[uri], [uri]]));

    first.leave();
    second.leave();
    await session.call('resources/unsubscribe', { uri });
    await eventually(() => expect(askedFor('shared')).toEqual(['subscribe shared', 'unsubscribe shared']));
    leave.abort();
  });

  it('is left when the session ends', async () => {
    const session = await legacy();
    await session.call('resources/subscribe', { uri: `${KNOWN}ends` });
    const leave = new AbortController();
    await session.listen(undefined, leave.signal);
    await eventually(() => expect(askedFor('ends')).toEqual(['subscribe ends']));
    await session.end();
    await eventually(() => expect(askedFor('ends')).toEqual(['subscribe ends', 'unsubscribe ends']));
    leave.abort();
  });

  it('costs the upstream nothing while nobody has a stream', async () => {
    const session = await legacy();
    await session.call('resources/subscribe', { uri: `${KNOWN}quiet` });
    expect(askedFor('quiet')).toEqual([]);
  });

  it('is only what the caller may read', async () => {
    using stream = await modern().listen({ resourceSubscriptions: [`${KNOWN}umbrella-only`] });
    await eventually(() => expect(stream.heard).toHaveLength(1));
    expect(askedFor('umbrella-only')).toEqual([]);
  });
});
