import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { auditKey } from '#audit/audit-key.js';
import { fileOfWorker } from '#audit/log-files.js';
import { verify } from '#audit/verify.js';
import type { SessionOut } from '#core/sessions/sessions.js';
import { anEvent, completeSession, openSession } from '../support/builders.js';
import { eventually, isRunning } from '../support/embedded-stage.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { TestDatabase } from '../support/postgres.js';
import { RedisServer } from '../support/redis-server.js';
import { sendUntilAcknowledged } from '../support/retrying-client.js';

let database: TestDatabase;
let redis: RedisServer;
beforeAll(async () => {
  database = await TestDatabase.create();
  redis = await RedisServer.start();
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

let settings: Record<string, string>;
beforeEach(() => {
  settings = {
    WORKERS: '2',
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: '4',
    REDIS_URL: redis.url,
    LOG_LEVEL: 'error',
  };
});

/** The worker processes, by number. */
function workersOf(gateway: GatewayProcess): Map<number, number> {
  const pids = readFileSync(`/proc/${gateway.pid}/task/${gateway.pid}/children`, 'utf8').trim().split(' ').map(Number);
  return new Map(
    pids.flatMap((pid): [number, number][] => {
      const number = /--worker=(\d+)/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.[1];
      return number === undefined ? [] : [[Number(number), pid]];
    }),
  );
}

const scrape = async (gateway: GatewayProcess) => (await fetch(`${gateway.url}/metrics`)).text();
const valueOf = (metrics: string, series: string) =>
  Number(
    metrics
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length + 1),
  );

it('share one port, are counted as one, and all end with the signal', async () => {
  await using gateway = await GatewayProcess.start(settings);
  const workers = workersOf(gateway);
  expect(new Set(workers.keys())).toEqual(new Set([1, 2]));
  // Connections go round: of four, each worker gets two.
  const asked = 40;
  const headers = { connection: 'close' };
  for (let i = 0; i < asked; i++) await (await fetch(`${gateway.url}/livez`, { headers })).text();
  const metrics = await scrape(gateway);
  expect(valueOf(metrics, 'achilles_workers')).toBe(2);
  expect(valueOf(metrics, 'achilles_http_requests_total{operation="live",method="GET",status="200"}')).toBe(asked);
  expect(valueOf(metrics, 'achilles_http_request_duration_seconds_count{operation="live"}')).toBe(asked);
  expect(valueOf(metrics, 'achilles_processing_backlog_sessions')).toBe(0);
  // Of what is no amount there is no sum.
  expect(valueOf(metrics, 'achilles_audit_available')).toBe(1);

  expect(await gateway.end('SIGTERM')).toBe(0);
  for (const pid of workers.values()) expect(await isRunning(pid)).toBe(false);
});

it('go on when one of them is killed, and a new one takes its number', async () => {
  await using gateway = await GatewayProcess.start(settings);
  const session = await openSession(gateway.api);
  const before = workersOf(gateway);
  let sent = 0;
  let killed = false;
  const lanes = Array.from({ length: 8 }, async () => {
    while (!killed || sent < 600) {
      const events = Array.from({ length: 3 }, () => anEvent({ session_id: session.id }));
      await sendUntilAcknowledged(() => gateway.api, events);
      sent += events.length;
      if (sent > 150 && !killed) {
        killed = true;
        await scrape(gateway);
        process.kill(before.get(2)!, 'SIGKILL');
      }
    }
  });
  await Promise.all(lanes);
  const after = await eventually(() => {
    const workers = workersOf(gateway);
    expect(new Set(workers.keys())).toEqual(new Set([1, 2]));
    expect(workers.get(2)).not.toBe(before.get(2));
    return workers;
  });
  expect(after.get(1)).toBe(before.get(1));
  expect(gateway.log).toMatch(/worker 2 ended \(SIGKILL\) and is replaced/);
  expect((await gateway.api.get<SessionOut>(`/sessions/${session.id}`)).body.event_count).toBe(sent);
  // What the dead worker had counted at the last scrape is still counted.
  await eventually(async () => expect(valueOf(await scrape(gateway), 'achilles_workers')).toBe(2));
  const counted = valueOf(await scrape(gateway), 'achilles_signals_events_total{outcome="new"}');
  expect(counted).toBeGreaterThan(sent / 2);
  expect(counted).toBeLessThanOrEqual(sent);
});

it('keep a record each, whole and chained', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'achilles-workers-'));
  const file = join(folder, 'audit.jsonl');
  const key = 'K7vQ2m9Xz4Lw8Rt1Yp6Ns3Jd5Hf0Gb7Ca';
  const calls = 40;
  {
    await using gateway = await GatewayProcess.start({ ...settings, AUDIT_FILE: file, AUDIT_HMAC_KEY: key });
    const headers = { connection: 'close' };
    for (let i = 0; i < calls; i++) await (await fetch(`${gateway.url}/nowhere`, { headers })).text();
  }
  const verdicts = await Promise.all([1, 2].map((worker) => verify(fileOfWorker(file, worker), auditKey(key, folder))));
  for (const { fault, records } of verdicts) {
    expect(fault).toBeUndefined();
    expect(records).toBeGreaterThan(0);
  }
  expect(verdicts.reduce((sum, { records }) => sum + records, 0)).toBe(calls);
  await rm(folder, { recursive: true });
});

it('answer a scrape also while one of them hangs', async () => {
  await using gateway = await GatewayProcess.start(settings);
  await scrape(gateway);
  const pid = workersOf(gateway).get(2)!;
  process.kill(pid, 'SIGSTOP');
  try {
    // Half of the connections go to the one that hangs; those are not the ones that this is about.
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() =>
        fetch(`${gateway.url}/metrics`, { signal: AbortSignal.timeout(5_000) }).then(
          (answer) => answer.text(),
          () => '',
        ),
      ),
    );
    const told = answers.filter((answer) => answer !== '');
    expect(told.length).toBeGreaterThan(0);
    for (const metrics of told) expect(valueOf(metrics, 'achilles_workers')).toBe(2);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

it('process each session once, whoever took it in', async () => {
  await using gateway = await GatewayProcess.start({ ...settings, PROCESSING_CONCURRENCY: '1' });
  for (let i = 0; i < 4; i++) {
    const session = await openSession(gateway.api);
    await gateway.api.post('/signals/events', anEvent({ session_id: session.id }));
    expect((await completeSession(gateway.api, session.id)).requires_processing).toBe(false);
  }
});

it('end when the primary is killed', async () => {
  await using gateway = await GatewayProcess.start(settings);
  const workers = workersOf(gateway);
  expect(await gateway.end('SIGKILL')).toBe('SIGKILL');
  await eventually(async () => {
    for (const pid of workers.values()) expect(await isRunning(pid)).toBe(false);
  });
});

it('give up with one plain sentence when they cannot start', async () => {
  const failure = await GatewayProcess.start({
    ...settings,
    DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/x',
    DATABASE_START_TIMEOUT_SECONDS: '0.2',
  }).catch((error: Error) => error);
  const said = (failure as Error).message;
  expect(said).toMatch(/PostgreSQL cannot be reached/);
  expect(said).toMatch(/worker 1 did not start/);
  expect(said).not.toMatch(/worker 2|hidden|\n\s+at /);
});

it('need a database and a Redis that they share', async () => {
  const failure = GatewayProcess.start({ WORKERS: '2' });
  await expect(failure).rejects.toThrow(/DATABASE_URL is required[\s\S]*REDIS_URL is required/);
});
