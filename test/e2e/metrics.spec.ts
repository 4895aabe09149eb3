import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { API_BASE } from '#gateway/http/base-path.js';
import { Gateway } from '../support/boot-gateway.js';
import { anEvent, aSession, openSession } from '../support/builders.js';
import { eventually } from '../support/embedded-stage.js';
import { FakeCore } from '../support/fake-core.js';
import { findProgram } from '../support/programs.js';
import { RawClient } from '../support/raw-client.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await Gateway.boot();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const scrape = async ({ url }: { url: string } = gateway) => (await fetch(`${url}/metrics`)).text();
const seriesOf = (metrics: string) => metrics.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
const valueOf = (metrics: string, series: string) => {
  const line = seriesOf(metrics).find((text) => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};

describe('a scrape', () => {
  it('is what Prometheus reads, and nothing that a cache may keep', async () => {
    const answer = await fetch(`${gateway.url}/metrics`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect((await fetch(`${gateway.url}/metrics`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${gateway.url}/metrics`, { method: 'POST' })).status).toBe(404);
  });

  it('pleases promtool', async () => {
    await openSession(gateway.api);
    const promtool = findProgram('promtool');
    if (promtool === undefined) {
      process.stderr.write('promtool is not installed (package prometheus): the metrics were not held against it\n');
      return;
    }
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: await scrape() });
    expect([status, stdout.toString(), stderr.toString()]).toEqual([0, '', '']);
    const bad = spawnSync(promtool, ['check', 'metrics'], { input: '# TYPE a_total gauge\na_total 1\n' });
    expect(bad.status).not.toBe(0);
  });

  it('tells of the process', async () => {
    const metrics = await scrape();
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'process_start_time_seconds',
      'nodejs_heap_size_used_bytes',
      'achilles_workers',
    ]) {
      expect([name, valueOf(metrics, name)]).toEqual([name, expect.any(Number)]);
      expect(valueOf(metrics, name)).toBeGreaterThan(0);
    }
    expect(metrics).toMatch(/^achilles_build_info\{version="\d+\.\d+\.\d+",node="v\d+\.[\d.]+"\} 1$/m);
  });
});

describe('requests', () => {
  it('are counted by operation, method and status, and timed', async () => {
    await openSession(gateway.api);
    await gateway.api.get('/sessions');
    await gateway.api.get('/sessions');
    await gateway.api.post('/sessions', {});
    await eventually(async () => {
      const metrics = await scrape();
      expect(valueOf(metrics, 'achilles_http_requests_total{operation="listSessions",method="GET",status="200"}')).toBe(
        2,
      );
      expect(valueOf(metrics, 'achilles_http_request_duration_seconds_count{operation="listSessions"}')).toBe(2);
      expect(metrics).toMatch(/operation="createSession",method="POST",status="422"\} 1/);
      // The scrape itself is the one in flight.
      expect(valueOf(metrics, 'achilles_http_requests_in_flight')).toBe(1);
    });
  });

  it('whatever a client sends, the number of series stays what it is', async () => {
    const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'PROPFIND', 'LOCK', 'TRACE', 'PURGE'];
    const send = async (i: number) => {
      const client = await RawClient.connect(gateway.url);
      await client.ask(methods[i % methods.length]!, `/no-such-place/${i}?tenant=t-${i}`);
      client[Symbol.dispose]();
      await gateway.api.post('/sessions', aSession({ workspace_id: `w-${i}`, user_id: `u-${i}` }));
      await gateway.api.post('/signals/events', { external_session_key: `k-${i}` });
    };
    for (let i = 0; i < 22; i++) await send(i);
    const before = seriesOf(await scrape()).length;
    for (let i = 22; i < 1_022; i += 4) await Promise.all([0, 1, 2, 3].map((more) => send(i + more)));
    const metrics = await scrape();
    // Garbage collections may bring a kind that had not been before.
    expect(seriesOf(metrics).filter((line) => !line.startsWith('nodejs_gc')).length).toBeLessThanOrEqual(before);
    expect(metrics).not.toMatch(/t-500|k-500|w-500|no-such-place|PROPFIND/);
    expect(metrics).toMatch(/operation="unknown",method="GET",status="404"/);
  });

  it('that their client gave up on are counted as such, and are not in flight for ever', async () => {
    await using core = await FakeCore.start();
    await using remote = await Gateway.boot(core.settings());
    core.failNext({ kind: 'slow', ms: 300 }, 5);
    for (let i = 0; i < 5; i++) {
      const body = JSON.stringify(aSession());
      const socket = connect(Number(new URL(remote.url).port), '127.0.0.1');
      socket.write(
        `POST /${API_BASE}/sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      await eventually(() => expect(core.calls.filter(({ method }) => method === 'POST').length).toBeGreaterThan(i));
      socket.destroy();
    }
    await eventually(async () => {
      const metrics = await scrape(remote);
      expect(
        valueOf(metrics, 'achilles_http_requests_total{operation="createSession",method="POST",status="499"}'),
      ).toBe(5);
      expect(valueOf(metrics, 'achilles_http_requests_in_flight')).toBe(1);
      expect(metrics).not.toContain('achilles_processing');
    });
    // Core goes on with what it has begun.
    await eventually(async () => {
      const sessions = await core.engine.database!.query('select 1 from sessions');
      expect(sessions).toHaveLength(5);
    });
  });
});

describe('signals', () => {
  it('are counted by what became of them, and the sessions that they come from', async () => {
    await using own = await Gateway.boot();
    const session = await openSession(own.api);
    const event = anEvent({ session_id: session.id });
    const other = anEvent({ session_id: (await openSession(own.api)).id });
    await own.api.post('/signals/events/batch', { events: [event, event, other, { nonsense: true }] });
    await own.api.post('/signals/events', event);
    await own.api.post('/signals/events', anEvent({ session_id: '019a0000-0000-7000-8000-000000000000' }));
    const metrics = await scrape(own);
    const events = (outcome: string) => valueOf(metrics, `achilles_signals_events_total{outcome="${outcome}"}`);
    expect([events('new'), events('duplicate'), events('failed')]).toEqual([2, 2, 2]);
    expect(valueOf(metrics, 'dynamic_mcp_http_sessions_active')).toBe(2);
  });

  it('leave a backlog that is seen, and a scrape that does not wait for a store that is away', async () => {
    await using own = await Gateway.boot({ PROCESSING_CONCURRENCY: 0 });
    for (let i = 0; i < 2; i++) {
      const session = await openSession(own.api);
      await own.api.patch(`/sessions/${session.id}`, { status: 'completed', end_time: '2026-03-01T10:00:00Z' });
    }
    const metrics = await scrape(own);
    expect(valueOf(metrics, 'achilles_processing_backlog_sessions')).toBe(2);
    expect(valueOf(metrics, 'achilles_processing_lag_seconds')).toBeGreaterThanOrEqual(0);
  });
});
