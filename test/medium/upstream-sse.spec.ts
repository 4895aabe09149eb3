import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import type { UpstreamConnection } from '#gateway/upstreams/upstream-connection.js';
import { EverythingServer } from '../support/reference-servers.js';
import { ask, call, callerNamed, until, UpstreamStage } from '../support/stdio-stage.js';

const stage = new UpstreamStage();
afterAll(() => stage[Symbol.asyncDispose]());

interface Message {
  readonly id?: number;
  readonly method: string;
}
type Stream = ServerResponse;

/** A server of 2024-11-05 that does as a test says. */
class Fake implements AsyncDisposable {
  readonly streams: Stream[] = [];
  readonly requests: { readonly method: string; readonly url: string; readonly headers: IncomingMessage['headers'] }[] =
    [];
  /** Of each stream, with its number behind. */
  endpoint = '/message?session=';
  status = 200;
  posted = 202;
  readonly server: Server;

  constructor(private readonly answer: (stream: Stream, message: Message) => unknown = () => undefined) {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    this.requests.push({ method, url, headers });
    if (method === 'GET') {
      response.writeHead(this.status, { 'content-type': 'text/event-stream' });
      response.write(`: hello\r\nevent: endpoint\r\ndata: ${this.endpoint}${this.streams.length + 1}\r\n\r\n`);
      this.streams.push(response);
      if (this.status !== 200) response.end();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    response.writeHead(this.posted).end('Accepted');
    const message = JSON.parse(Buffer.concat(chunks).toString()) as Message;
    const stream = this.streams[Number(/\d+$/.exec(url)?.[0]) - 1]!;
    if (message.method === 'initialize') {
      say(stream, { id: message.id, result: { protocolVersion: '2024-11-05', capabilities: {} } });
    } else if (message.id !== undefined) this.answer(stream, message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

const say = (stream: Stream, message: object) =>
  stream.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`);

const echo = (stream: Stream, { id, method }: Message) => say(stream, { id, result: { method, odd: [null] } });

const opened: UpstreamConnection[] = [];
const open = (entry: object) => {
  const upstream = stage.open({ kind: 'sse', ...entry }, 'remote');
  opened.push(upstream);
  return upstream;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((upstream) => upstream.close()));
});

describe('HTTP+SSE', () => {
  it('posts where the stream says, with what the entry says, and gives results as they came', async () => {
    await using fake = await new Fake(echo).start();
    const upstream = open({ url: `${fake.url}/deep/sse?a=1`, headers: { 'X-Team': 'blue' } });
    expect(await ask(upstream, 'tools/list')).toEqual({ method: 'tools/list', odd: [null] });
    expect(fake.requests.map(({ method, url, headers }) => [method, url, headers['x-team']])).toEqual([
      ['GET', '/deep/sse?a=1', 'blue'],
      ['POST', '/message?session=1', 'blue'],
      ['POST', '/message?session=1', 'blue'],
      ['POST', '/message?session=1', 'blue'],
    ]);
  });

  it.each([
    ['message?session=', '/deep/message?session=1'],
    ['?session=', '/deep/sse?session=1'],
  ])('reads %s against its own address', async (endpoint, path) => {
    await using fake = await new Fake(echo).start();
    fake.endpoint = endpoint;
    await ask(open({ url: `${fake.url}/deep/sse` }), 'tools/list');
    expect(fake.requests[1]!.url).toBe(path);
  });

  it.each([
    'http://127.0.0.1:1/x',
    'https://example.com/x',
    '//example.com/x',
    'http://[',
    'file:///etc/passwd',
    'javascript:0',
  ])('posts nothing to %s', async (endpoint) => {
    await using fake = await new Fake(echo).start();
    fake.endpoint = endpoint;
    const upstream = open({ url: fake.url });
    await expect(ask(upstream, 'tools/list')).rejects.toMatchObject({ code: 'backend_unavailable' });
    expect(JSON.stringify(upstream.status())).toContain('another origin');
    expect(fake.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  it.each([401, 403, 404, 500, 302])('a stream that is refused with %s says so', async (status) => {
    await using fake = await new Fake(echo).start();
    fake.status = status;
    const upstream = open({ url: fake.url });
    await expect(ask(upstream, 'tools/list')).rejects.toMatchObject({
      code: 'upstream_response',
      details: { members: { upstream_status: status } },
    });
  });

  it('is alive when it refuses to let us in', async () => {
    await using fake = await new Fake(echo).start();
    fake.status = 401;
    await open({ url: fake.url }).ping(AbortSignal.timeout(60_000));
    fake.status = 500;
    await expect(open({ url: fake.url }).ping(AbortSignal.timeout(60_000))).rejects.toThrow();
  });

  it('a stream that breaks fails its calls, and the next call opens another', async () => {
    let answers = false;
    await using fake = await new Fake((stream, message) => answers && echo(stream, message)).start();
    const upstream = open({ url: fake.url });
    const lost = ask(upstream, 'tools/call');
    await until(() => fake.requests.length === 4);
    fake.streams[0]!.destroy();
    await expect(lost).rejects.toMatchObject({ code: 'backend_unavailable' });
    answers = true;
    expect(await ask(upstream, 'tools/call')).toMatchObject({ method: 'tools/call' });
    expect(fake.streams).toHaveLength(2);
  });

  it('a conversation that the server has forgotten is begun anew', async () => {
    await using fake = await new Fake(echo).start();
    const upstream = open({ url: fake.url });
    await ask(upstream, 'tools/list');
    fake.posted = 404;
    await expect(ask(upstream, 'tools/list')).rejects.toMatchObject({ code: 'upstream_response' });
    fake.posted = 202;
    expect(await ask(upstream, 'tools/list')).toMatchObject({ method: 'tools/list' });
    expect(fake.streams).toHaveLength(2);
  });

  it('events that are no messages are passed over; one without an end ends the stream', async () => {
    await using fake = await new Fake((stream, message) => {
      stream.write('event: other\ndata: {}\n\ndata: not json\n\ndata:\n\nretry: x\n\nid: 7\n\n');
      if (message.method === 'tools/list') return echo(stream, message);
      const piece = 'x'.repeat(1_000_000);
      stream.write('data: ');
      for (let i = 0; i < 20; i++) stream.write(piece);
      return undefined;
    }).start();
    const upstream = open({ url: fake.url });
    await ask(upstream, 'tools/list');
    await expect(ask(upstream, 'tools/call')).rejects.toMatchObject({ code: 'backend_unavailable' });
    expect(JSON.stringify(upstream.status())).toContain('too long');
    expect(await ask(upstream, 'tools/list')).toMatchObject({ method: 'tools/list' });
  });

  it.each([
    [{}, 3],
    [{ sessions: 'shared' }, 1],
  ])('with %j three callers have %s streams', async (more, streams) => {
    await using fake = await new Fake(echo).start();
    const upstream = open({ url: fake.url, ...more });
    for (const subject of ['a', 'b', 'c', 'a']) await ask(upstream, 'tools/list', {}, { caller: callerNamed(subject) });
    expect(fake.streams).toHaveLength(streams);
  });

  it('outlives its server', async () => {
    const server = await EverythingServer.start('sse');
    const upstream = open({ url: server.url, sessions: 'shared' });
    await call(upstream, 'echo', { message: 'a' });
    const hanging = call(upstream, 'trigger-long-running-operation', { duration: 60, steps: 1 });
    await server.kill();
    await expect(hanging).rejects.toMatchObject({ code: 'backend_unavailable' });
    await expect(call(upstream, 'echo', { message: 'b' })).rejects.toMatchObject({ code: 'backend_unavailable' });
  });
});
