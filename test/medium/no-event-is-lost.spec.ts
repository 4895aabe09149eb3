import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { SessionOut } from '#core/sessions/sessions.js';
import type { EventOut } from '#core/signals/event.js';
import type { Api } from '../support/api.js';
import { anEvent, openSession } from '../support/builders.js';
import { everyPage } from '../support/every-page.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { sendUntilAcknowledged } from '../support/retrying-client.js';

const BATCH = 25;
const CLIENTS = 3;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let dataDir: string;
let gateway: GatewayProcess;
const api = (): Api => gateway.api;
const start = async (port = '0') => {
  gateway = await GatewayProcess.start({ DATA_DIR: dataDir, PORT: port });
};

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'achilles-lost-'));
  await start();
});
afterEach(recovered);
afterAll(async () => {
  await gateway.end('SIGTERM');
  await rm(dataDir, { recursive: true, force: true });
});

/** The gateway looks four times a second whether the store is back. */
async function recovered(): Promise<void> {
  for (let tries = 0; tries < 50 && (await api().get('/health')).body['status'] !== 'ok'; tries++) await wait(100);
}

/** Kills the PostgreSQL that is running, not one that was killed before and whose successor is on its way. */
async function killPostgres(): Promise<void> {
  for (;;) {
    const lock = await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').catch(() => '');
    const pid = Number(lock.split('\n')[0]);
    try {
      if (pid > 0 && lock.includes('ready')) return void process.kill(pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
    await wait(5);
  }
}

/** Clients that send without pause until told to stop, each batch until it is acknowledged. */
function keepSending(session: SessionOut) {
  const sent = new Set<string>();
  let running = true;
  let acknowledged = 0;
  const clients = Array.from({ length: CLIENTS }, async (_unused, client) => {
    for (let batch = 0; running; batch++) {
      const events = Array.from({ length: BATCH }, (_also, n) => {
        const payload = { command: `${client}-${batch}-${n}` };
        sent.add(payload.command);
        return anEvent({ session_id: session.id, payload });
      });
      const { results, failed } = await sendUntilAcknowledged(api, events);
      expect(failed).toEqual([]);
      acknowledged += results.length;
    }
  });
  const stop = async () => {
    running = false;
    await Promise.all(clients);
    expect(acknowledged).toBe(sent.size);
    return sent;
  };
  return { stop, acknowledged: () => acknowledged };
}

async function expectEachOnce(session: SessionOut, sent: ReadonlySet<string>): Promise<void> {
  const stored = await everyPage<EventOut>(api(), `/sessions/${session.id}/events`, 'after', 1_000);
  const commands = stored.map((event) => String(event.payload!['command']));
  expect(commands).toHaveLength(sent.size);
  expect(new Set(commands)).toEqual(sent);
  expect((await api().get<SessionOut>(`/sessions/${session.id}`)).body.event_count).toBe(sent.size);
}

describe('no acknowledged event is lost and none is doubled', () => {
  it('while PostgreSQL is killed 20 times', async () => {
    const session = await openSession(api());
    const traffic = keepSending(session);
    let refusing = 0;
    for (let kill = 0; kill < 20; kill++) {
      const before = traffic.acknowledged();
      while (traffic.acknowledged() < before + BATCH) await wait(5);
      await killPostgres();
      await wait(10);
      const { body } = await api().get('/health');
      if (body['accepting_signals'] === false) {
        expect(body['status']).toBe('degraded');
        refusing++;
      }
    }
    const sent = await traffic.stop();
    await expectEachOnce(session, sent);
    expect(refusing).toBeGreaterThan(0);
    await recovered();
    expect((await api().get('/health')).body).toMatchObject({
      status: 'ok',
      accepting_signals: true,
      last_ingest_error_at: expect.any(String),
    });
  }, 300_000);

  it('while the gateway is killed 5 times', async () => {
    const session = await openSession(api());
    const { port } = new URL(gateway.url);
    const traffic = keepSending(session);
    for (let kill = 0; kill < 5; kill++) {
      const before = traffic.acknowledged();
      while (traffic.acknowledged() < before + BATCH) await wait(5);
      await gateway.end('SIGKILL');
      await start(port);
    }
    await expectEachOnce(session, await traffic.stop());
  }, 300_000);

  it('says 503 with Retry-After while the store is away', async () => {
    const session = await openSession(api());
    await killPostgres();
    const answers = [];
    for (let tries = 0; tries < 50 && answers.length === 0; tries++) {
      const answer = await api().post('/signals/events', anEvent({ session_id: session.id }));
      if (answer.status === 503) answers.push(answer);
    }
    expect(answers[0]!.headers.get('retry-after')).toBe('1');
    expect(answers[0]!.body).toMatchObject({ code: 'store_unavailable', status: 503 });
    await sendUntilAcknowledged(api, [anEvent({ session_id: session.id })]);
  }, 300_000);
});
