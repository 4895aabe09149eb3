import { Pool } from 'pg';
import { acceptEvent } from '#core/signals/event-validator.js';
import type { AcceptedEvent } from '#core/signals/accepted-event.js';
import type { SessionOut } from '#core/sessions/sessions.js';
import { newId } from '#core/identifiers.js';
import { type BenchGateway, cpuSeconds, post, timed } from './support/processes.js';
import { distinct, realEvents, take } from './support/real-events.js';
import type { Figure } from './support/report.js';

const BATCH = 500;
const BATCHES = 60;
const WARM_UP = 10;

const COLUMNS = [
  ['id', 'uuid'],
  ['tenant', 'text'],
  ['session_id', 'uuid'],
  ['event_hash', 'bytea'],
  ['event_type', 'text'],
  ['source_type', 'text'],
  ['client_timestamp', 'timestamptz'],
  ['server_timestamp', 'timestamptz'],
  ['source_name', 'text'],
  ['file_path', 'text'],
  ['payload', 'jsonb'],
  ['raw_message', 'text'],
  ['attribution_source', 'text'],
  ['agent_metadata', 'jsonb'],
] as const;

const BARE_INSERT = `insert into bare_events (${COLUMNS.map(([name]) => name).join(', ')})
  select * from unnest(${COLUMNS.map(([, type], i) => `$${i + 1}::${type}[]`).join(', ')}) on conflict do nothing`;

/**
 * Batches of 500 real events: through the whole gateway (HTTP, JSON, checks, hash, counters), against a bare
 * `INSERT … SELECT unnest … ON CONFLICT DO NOTHING` of the same rows into a table with the same columns and indexes,
 * through the same driver. Rounds alternate, so that both meet the machine in the same state.
 */
export async function benchIngest(gateway: BenchGateway): Promise<Figure[]> {
  const events = await realEvents();
  const pool = new Pool({ ...gateway.connection, max: 4 });
  await pool.query(
    'create table if not exists bare_events (like events including indexes including storage including compression including defaults)',
  );
  const supply = distinct(events);
  const figures: Figure[] = [];
  // A server that has run for a while: its code is compiled, its caches are filled.
  await gatewayRate(gateway, supply, 2, 2 * BATCHES);
  await bareRate(pool, supply, 2);
  for (const lanes of [1, 4]) {
    const bareRates: number[] = [];
    const rates: number[] = [];
    let cpu = 0;
    for (let round = 0; round < 3; round++) {
      bareRates.push(await bareRate(pool, supply, lanes));
      const before = cpuSeconds(gateway.pid);
      rates.push(await gatewayRate(gateway, supply, lanes));
      cpu += cpuSeconds(gateway.pid) - before;
    }
    const [bare, ours] = [median(bareRates), median(rates)];
    const batches = 3 * (BATCHES + WARM_UP);
    figures.push(
      {
        name: `ingest, ${lanes} at a time`,
        value: ours,
        unit: 'events/s',
        baseline: bare,
        target: { ratio: 0.6, at: 'least' },
      },
      { name: `ingest, gateway CPU per event, ${lanes} at a time`, value: (cpu / batches / BATCH) * 1e6, unit: 'µs' },
    );
  }
  await pool.end();
  return figures;
}

export async function openBenchSession(gateway: BenchGateway): Promise<string> {
  const body = {
    external_session_key: newId(),
    user_id: 'bench',
    workspace_id: 'bench',
    start_time: '2026-03-01T09:00:00Z',
  };
  return (JSON.parse(await post(`${gateway.url}/sessions`, JSON.stringify(body))) as SessionOut).id;
}

type Supply = ReturnType<typeof distinct>;

/** Events per second through the API, after a warm-up. Bodies are made beforehand. */
export async function gatewayRate(
  gateway: BenchGateway,
  supply: Supply,
  lanes: number,
  batches = BATCHES,
): Promise<number> {
  const sessions = await Promise.all(Array.from({ length: lanes }, () => openBenchSession(gateway)));
  const bodies = Array.from({ length: batches + WARM_UP }, (_unused, i) =>
    Buffer.from(
      JSON.stringify({ events: take(supply, BATCH).map((event) => ({ session_id: sessions[i % lanes], ...event })) }),
    ),
  );
  const send = (body: Buffer) => post(`${gateway.url}/signals/events/batch`, body);
  await timed(bodies.slice(0, WARM_UP), lanes, send);
  const seconds = await timed(bodies.slice(WARM_UP), lanes, send);
  return (batches * BATCH) / seconds;
}

async function bareRate(pool: Pool, supply: Supply, lanes: number): Promise<number> {
  const sessions = Array.from({ length: lanes }, newId);
  const batches = Array.from({ length: BATCHES + WARM_UP }, (_unused, i) =>
    rowsOf(take(supply, BATCH), sessions[i % lanes]!),
  );
  const insert = (values: unknown[]) => pool.query({ name: 'bare', text: BARE_INSERT, values });
  await timed(batches.slice(0, WARM_UP), lanes, insert);
  const seconds = await timed(batches.slice(WARM_UP), lanes, insert);
  return (BATCHES * BATCH) / seconds;
}

/** The rows as arrays, one per column, with everything computed that the gateway computes. */
function rowsOf(events: readonly object[], session: string): unknown[][] {
  const now = new Date();
  const accepted = events.map(
    (event, index) =>
      acceptEvent({ session_id: session, ...event }, index, { maxEventBytes: 1e6, now: Date.now() }) as AcceptedEvent,
  );
  const column = (value: (event: AcceptedEvent) => unknown) => accepted.map(value);
  return [
    column(() => newId()),
    column(() => 'default'),
    column(() => session),
    column(({ hash }) => Buffer.from(hash, 'hex')),
    column(({ event }) => event.event_type),
    column(({ event }) => event.source_type),
    column(({ event }) => event.client_timestamp),
    column(() => now.toISOString()),
    column(({ event }) => event.source_name ?? null),
    column(({ event }) => event.file_path ?? null),
    column(({ event }) => (event.payload ? JSON.stringify(event.payload) : null)),
    column(({ event }) => event.raw_message ?? null),
    column(({ event }) => event.attribution_source ?? null),
    column(({ event }) => (event.agent_metadata ? JSON.stringify(event.agent_metadata) : null)),
  ];
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
