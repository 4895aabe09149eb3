import { afterEach, describe, expect, it } from '@jest/globals';
import type { HttpConnection } from '#gateway/upstreams/kinds/http/http-connection.js';
import { eventually } from '../support/embedded-stage.js';
import { Connections } from '../support/upstream-call.js';
import { SdkUpstream, type UpstreamEra } from '../support/upstream-servers/sdk-upstream.js';

const WATCHED = 'test://watched-resource';
let stack: AsyncDisposableStack;
let upstream: SdkUpstream;
let connection: HttpConnection;
let heard: string[];

async function open(era: UpstreamEra): Promise<void> {
  stack = new AsyncDisposableStack();
  upstream = stack.use(await SdkUpstream.start(era));
  connection = stack.use(new Connections()).to(upstream.url);
  heard = [];
}
afterEach(() => stack.disposeAsync());

const listen = () => connection.listen((news) => heard.push(news.kind === 'resource' ? news.uri : news.kind));
/** Tells of a change until it is heard: nobody but the server knows when its stream is ready. */
const heardOf = (kind: string, tell: () => void) =>
  eventually(() => {
    tell();
    expect(heard).toContain(kind);
  });
const streams = (method: string) => upstream.methods.filter((seen) => seen === method).length;

describe.each([
  ['modern', 'subscriptions/listen'],
  ['legacy', 'GET'],
] as const)('news of an upstream that is %s', (era, method) => {
  it('come as long as somebody listens', async () => {
    await open(era);
    expect(streams(method)).toBe(0);
    const stops = [listen(), listen()];
    await heardOf('tools', () => upstream.offer.tell({ kind: 'tools' }));
    await heardOf('prompts', () => upstream.offer.tell({ kind: 'prompts' }));
    await heardOf('resources', () => upstream.offer.tell({ kind: 'resources' }));
    expect([streams(method), connection.status()['listens']]).toEqual([1, true]);
    stops[0]!();
    heard.length = 0;
    await heardOf('tools', () => upstream.offer.tell({ kind: 'tools' }));
    stops[1]!();
    await eventually(() => expect(upstream.hungUp).toBe(1));
    expect(connection.status()['listens']).toBe(false);
  });

  it('of a resource come as long as somebody wants them', async () => {
    await open(era);
    listen();
    await heardOf('tools', () => upstream.offer.tell({ kind: 'tools' }));
    const tell = () => upstream.offer.tell({ kind: 'resource', uri: WATCHED });
    tell();
    const stops = [connection.subscribe(WATCHED), connection.subscribe(WATCHED), connection.subscribe('test://other')];
    await heardOf(WATCHED, tell);
    stops[0]!();
    stops[0]!();
    heard.length = 0;
    await heardOf(WATCHED, tell);
    stops[1]!();
    heard.length = 0;
    tell();
    await heardOf('tools', () => upstream.offer.tell({ kind: 'tools' }));
    expect(heard).not.toContain(WATCHED);
  });

  it('come again after the upstream was away, and what was missed is looked at', async () => {
    await open(era);
    connection.subscribe(WATCHED);
    listen();
    await heardOf('tools', () => upstream.offer.tell({ kind: 'tools' }));
    const { port } = upstream;
    await upstream[Symbol.asyncDispose]();
    upstream = stack.use(await SdkUpstream.start(era, { port }));
    heard.length = 0;
    await eventually(() => expect(heard).toEqual(expect.arrayContaining(['tools', 'prompts', 'resources'])));
    heard.length = 0;
    await heardOf(WATCHED, () => upstream.offer.tell({ kind: 'resource', uri: WATCHED }));
  });
});

describe('an upstream without news', () => {
  it('is not asked again and again', async () => {
    await open('stateless');
    let asked = 0;
    upstream.before = ({ method }, response) => {
      if (method !== 'GET') return false;
      asked++;
      response.writeHead(405).end();
      return true;
    };
    listen();
    await eventually(() => expect(asked).toBe(1));
    await connection.ping(AbortSignal.timeout(30_000));
    expect(asked).toBe(1);
  });
});
