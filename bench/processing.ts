import type { SessionOut } from '#core/sessions/sessions.js';
import { openBenchSession } from './ingest.js';
import { type BenchGateway, cpuSeconds, get, post } from './support/processes.js';
import { distinct, realEvents, take } from './support/real-events.js';
import type { Figure } from './support/report.js';

const EVENTS = 10_000;

/** CPU of the whole gateway process, its processing thread included, from the end of a session to its insights. */
export async function benchProcessing(gateway: BenchGateway): Promise<Figure[]> {
  const supply = distinct(await realEvents());
  // The first start of the thread is paid once in a gateway's life, and measured apart.
  const first = await process10k(gateway, supply);
  const second = await process10k(gateway, supply);
  return [
    { name: 'processing 10 000 events, CPU, first of all', value: first, unit: 's', target: { value: 1, at: 'most' } },
    { name: 'processing 10 000 events, CPU', value: second, unit: 's', target: { value: 1, at: 'most' } },
  ];
}

async function process10k(gateway: BenchGateway, supply: Iterator<object>): Promise<number> {
  const id = await openBenchSession(gateway);
  for (let sent = 0; sent < EVENTS; sent += 500) {
    const events = take(supply, 500).map((event) => ({ session_id: id, ...event }));
    await post(`${gateway.url}/signals/events/batch`, JSON.stringify({ events }));
  }
  const before = cpuSeconds(gateway.pid);
  const response = await fetch(`${gateway.url}/sessions/${id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ status: 'completed', end_time: '2026-03-01T23:00:00Z' }),
  });
  if (response.status !== 200) throw new Error(await response.text());
  for (;;) {
    const session = JSON.parse(await get(`${gateway.url}/sessions/${id}`)) as SessionOut;
    if (!session.requires_processing) return cpuSeconds(gateway.pid) - before;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
