import { expect, it } from '@jest/globals';
import { Pool } from 'undici';
import { API_BASE } from '#gateway/http/base-path.js';
import { Api } from '../support/api.js';
import { anEvent, openSession } from '../support/builders.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { Balancer } from '../support/nginx.js';
import { TestDatabase } from '../support/postgres.js';

const LEAST = 5_000;
const LANES = 16;

it('of two gateways behind nginx, under load, fails no request and loses no event', async () => {
  await using database = await TestDatabase.create();
  const started: GatewayProcess[] = [];
  const start = async () => {
    const gateway = await GatewayProcess.start({
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: '4',
      SHUTDOWN_DRAIN_SECONDS: '2',
      LOG_LEVEL: 'warn',
    });
    started.push(gateway);
    return gateway;
  };
  let over = false;
  const running = new Set([await start(), await start()]);
  try {
    await using balancer = await Balancer.start(() => [...running].map(({ url }) => url));
    const session = await openSession(new Api(`${balancer.url}/${API_BASE}`));
    // It sends nothing twice. Each request on a connection of its own: an nginx that is reloaded closes the idle ones of its
    // clients, whoever may be about to use one, and that is no gateway's doing. Those to the gateways are kept.
    const pool = new Pool(balancer.url, { connections: LANES });
    const failures: string[] = [];
    const acknowledged = new Set<string>();
    let sent = 0;
    let restarted = 0;

    const record = async () => {
      const { statusCode, body } = await pool.request({
        method: 'POST',
        reset: true,
        path: `/${API_BASE}/signals/events`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(anEvent({ session_id: session.id })),
      });
      const answer = (await body.json()) as { event_id: string };
      if (statusCode !== 202) throw new Error(`POST ${statusCode} ${JSON.stringify(answer)}`);
      acknowledged.add(answer.event_id);
    };
    const read = async () => {
      const { statusCode, body } = await pool.request({
        method: 'GET',
        reset: true,
        path: `/${API_BASE}/sessions/${session.id}`,
      });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`GET ${statusCode} ${text}`);
    };
    const lanes = Array.from({ length: LANES }, async (_, lane) => {
      while (!over && (restarted < 2 || sent < LEAST)) {
        await (sent++ % 2 === 0 ? record() : read()).catch((error: Error) =>
          failures.push(`${lane}: ${error.message}`),
        );
      }
    });
    for (const old of running) {
      if (restarted === 2) break;
      running.add(await start());
      expect(await old.end('SIGTERM')).toBe(0);
      running.delete(old);
      restarted++;
    }
    await Promise.all(lanes);
    await pool.close();

    const rows = await database.query<{ id: string }>('select id from events');
    process.stderr.write(
      `rolling restart: ${sent} requests, ${failures.length} failed, ${acknowledged.size} events acknowledged, ${rows.length} stored, ${balancer.reloads} reloads\n`,
    );
    const logged = failures.length > 0 ? started.map(({ log }) => log) : [];
    expect({ failures, logged }).toEqual({ failures: [], logged: [] });
    expect(sent).toBeGreaterThanOrEqual(LEAST);
    expect(rows.map(({ id }) => id).sort()).toEqual([...acknowledged].sort());
    expect(balancer.reloads).toBeGreaterThanOrEqual(2);
  } finally {
    over = true;
    await Promise.all([...running].map((gateway) => gateway.end('SIGTERM')));
  }
}, 120_000);
