import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Gateway } from '../support/boot-gateway.js';
import { aSession } from '../support/builders.js';
import { FakeCore } from '../support/fake-core.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const SAMPLED = `00-${TRACE}-${SPAN}-01`;
const byName = (a: unknown, b: unknown) => String(a).localeCompare(String(b));
const FORMAT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/;

let core: FakeCore;
beforeAll(async () => {
  core = await FakeCore.start();
});
afterEach(() => core.reset());
afterAll(() => core[Symbol.asyncDispose]());

describe('without a collector', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await Gateway.boot(core.settings());
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  const passedOn = async (headers: Record<string, string>) => {
    const { headers: answered } = await gateway.api.with(headers).get('/sessions');
    return { sent: core.calls[0]!.headers, answered };
  };

  it.each([
    ['sampled', SAMPLED],
    ['not sampled', `00-${TRACE}-${SPAN}-00`],
    ['with more flags', `00-${TRACE}-${SPAN}-ff`],
    ['of a version to come', `cc-${TRACE}-${SPAN}-01-what-else`],
    ['of a version to come, with nothing new', `01-${TRACE}-${SPAN}-01`],
  ])('passes on the place in a trace: %s', async (_what, traceparent) => {
    const { sent } = await passedOn({ traceparent, tracestate: 'vendor=a,other=b' });
    expect(sent).toMatchObject({ traceparent, tracestate: 'vendor=a,other=b' });
  });

  it.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['a version that is none', `ff-${TRACE}-${SPAN}-01`],
    ['more than version 00 has', `${SAMPLED}-more`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', SAMPLED.toUpperCase()],
    ['a short trace', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a long span', `00-${TRACE}-${SPAN}0-01`],
    ['no flags', `00-${TRACE}-${SPAN}`],
    ['other digits', `00-${'g'.repeat(32)}-${SPAN}-01`],
    ['two of them', `${SAMPLED}, ${SAMPLED}`],
    ['something long', `cc-${TRACE}-${SPAN}-01-${'x'.repeat(300)}`],
    ['quotes', `00-${TRACE}-${SPAN}-01"`],
  ])('begins a trace of its own for %s', async (_what, traceparent) => {
    const { sent } = await passedOn({ ...(traceparent !== undefined && { traceparent }), tracestate: 'vendor=a' });
    expect(sent['traceparent']).toMatch(FORMAT);
    expect(sent['traceparent']).not.toContain(TRACE);
    expect(sent).not.toHaveProperty('tracestate');
  });

  it('drops a state that is too long, and keeps the trace', async () => {
    const { sent } = await passedOn({ traceparent: SAMPLED, tracestate: `a=${'b'.repeat(511)}` });
    expect(sent['traceparent']).toBe(SAMPLED);
    expect(sent).not.toHaveProperty('tracestate');
  });

  it('tells Core the id that it tells the client', async () => {
    const mine = await passedOn({ 'x-request-id': 'mine-1' });
    expect([mine.sent['x-request-id'], mine.answered.get('x-request-id')]).toEqual(['mine-1', 'mine-1']);
    core.reset();
    const made = await passedOn({});
    expect(made.sent['x-request-id']).toBe(made.answered.get('x-request-id'));
  });

  it('keeps the ids of calls at the same time apart', async () => {
    const ids = Array.from({ length: 50 }, (_, i) => `at-once-${i}`);
    await Promise.all(
      ids.map((id) =>
        gateway.api.with({ 'x-request-id': id }).post('/sessions', aSession({ external_session_key: id })),
      ),
    );
    const seen = core.calls.map(({ headers, body }) => [
      headers['x-request-id'],
      (JSON.parse(body) as { external_session_key: string }).external_session_key,
    ]);
    expect(seen.map(([id]) => id).toSorted(byName)).toEqual(ids.toSorted(byName));
    for (const [id, key] of seen) expect(id).toBe(key);
  });
});

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly status: { readonly code?: number };
}

interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: OtlpSpan['attributes'] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** A collector that keeps what it is sent. */
class Collector {
  readonly requests: OtlpRequest[] = [];
  paths: string[] = [];
  private constructor(private readonly server: Server) {}

  static async start(status = 200): Promise<Collector> {
    const server = createServer();
    const collector = new Collector(server);
    server.on('request', (request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        collector.paths.push(request.url!);
        collector.requests.push(JSON.parse(text) as OtlpRequest);
        response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get spans(): OtlpSpan[] {
    return this.requests.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => [...spans])),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

const attributesOf = ({ attributes }: Pick<OtlpSpan, 'attributes'>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

const SERVER = 2;
const CLIENT = 3;

describe('with a collector', () => {
  const traced = async (settings: Record<string, string | number>, call: (gateway: Gateway) => Promise<unknown>) => {
    await using collector = await Collector.start();
    const gateway = await Gateway.boot({
      ...core.settings(),
      HTTP_MAX_RETRIES: 0,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_SERVICE_NAME: 'gateway-under-test',
      ...settings,
    });
    try {
      await call(gateway);
    } finally {
      // What has not been sent yet is sent at the end.
      await gateway[Symbol.asyncDispose]();
    }
    return collector;
  };

  it('a request and its call to Core are spans of the caller’s trace', async () => {
    const collector = await traced({}, (gateway) =>
      gateway.api.with({ traceparent: SAMPLED, 'x-request-id': 'traced-1' }).get('/sessions?workspace_id=w&limit=5'),
    );
    expect(collector.paths).toEqual(['/v1/traces']);
    const resource = collector.requests[0]!.resourceSpans[0]!.resource;
    expect(attributesOf(resource)).toMatchObject({ 'service.name': 'gateway-under-test' });
    const server = collector.spans.find(({ kind }) => kind === SERVER)!;
    const client = collector.spans.find(({ kind }) => kind === CLIENT)!;
    expect(collector.spans).toHaveLength(2);
    expect(server).toMatchObject({ traceId: TRACE, parentSpanId: SPAN, name: 'GET /api/achilles/v1/mcp/sessions' });
    expect(attributesOf(server)).toEqual({
      'achilles.request_id': 'traced-1',
      'http.request.method': 'GET',
      'http.route': '/api/achilles/v1/mcp/sessions',
      'url.path': '/api/achilles/v1/mcp/sessions',
      'http.response.status_code': 200,
    });
    expect(client).toMatchObject({ traceId: TRACE, parentSpanId: server.spanId, name: 'GET' });
    expect(attributesOf(client)).toMatchObject({ 'http.request.method': 'GET', 'http.response.status_code': 200 });
    expect(core.calls[0]!.headers['traceparent']).toBe(`00-${TRACE}-${client.spanId}-01`);
  });

  it('a failure of Core is an error of both spans, a refusal of the client’s is none', async () => {
    const collector = await traced({}, async (gateway) => {
      core.failNext({ kind: 'status', status: 500 });
      expect((await gateway.api.get('/sessions')).status).toBe(502);
      expect((await gateway.api.get('/sessions/x')).status).toBe(422);
    });
    const failed = collector.spans.filter(({ status }) => status.code === 2);
    expect(failed.map(({ kind }) => kind).toSorted((a, b) => a - b)).toEqual([SERVER, CLIENT]);
    expect(failed.map((span) => attributesOf(span)['error.type']).toSorted(byName)).toEqual(['500', '502']);
  });

  it.each<[string, Record<string, string>, number, number]>([
    ['not sampled by the caller', { traceparent: `00-${TRACE}-${SPAN}-00` }, 1, 0],
    ['sampled by the caller, whatever our share', { traceparent: SAMPLED }, 0, 2],
    ['begun here with a share of 0', {}, 0, 0],
    ['begun here with a share of 1', {}, 1, 2],
  ])('a trace %s', async (_what, headers, share, spans) => {
    const collector = await traced({ OTEL_TRACES_SAMPLER_ARG: share }, (gateway) =>
      gateway.api.with(headers).get('/sessions'),
    );
    expect(collector.spans).toHaveLength(spans);
    expect(core.calls[0]!.headers['traceparent']).toMatch(FORMAT);
    expect(String(core.calls[0]!.headers['traceparent']).endsWith('-01')).toBe(spans > 0);
  });

  it('that is away, or refuses, no request notices', async () => {
    await using refusing = await Collector.start(500);
    for (const url of ['http://127.0.0.1:1', refusing.url]) {
      await using gateway = await Gateway.boot({ ...core.settings(), OTEL_EXPORTER_OTLP_ENDPOINT: url });
      for (let i = 0; i < 20; i++) expect((await gateway.api.get('/sessions')).status).toBe(200);
    }
  });
});
