import type { SessionOut } from '#core/sessions/sessions.js';
import { gatewayRate } from './ingest.js';
import { type BenchGateway, get, getBytes, quantile } from './support/processes.js';
import { distinct, realEvents } from './support/real-events.js';
import type { Figure } from './support/report.js';

const FEW = 10_000;
const MANY = 1_000_000;
const MEASURED_BATCHES = 60;
const PAGES = 600;

/** Ingest and reading with 10⁴ events stored against 10⁶: neither may feel how much is there. */
export async function benchFlat(gateway: BenchGateway): Promise<Figure[]> {
  const supply = distinct(await realEvents());
  const rate = (batches: number) => gatewayRate(gateway, supply, 2, batches);
  await rate((FEW - 5_000) / 500);
  const rateAtFew = await rate(MEASURED_BATCHES);
  await settle();
  const pagesAtFew = await pageTimes(gateway);
  for (let stored = FEW; stored < MANY; stored += 110_000) await rate(210);
  const rateAtMany = await rate(MEASURED_BATCHES);
  await settle();
  const pagesAtMany = await pageTimes(gateway);
  return [
    {
      name: 'ingest with 10⁶ events stored, against 10⁴',
      value: rateAtMany,
      unit: 'events/s',
      baseline: rateAtFew,
      target: { ratio: 0.9, at: 'least' },
    },
    {
      name: 'page of 100 events at 10⁶, p99 against p50 at 10⁴',
      value: quantile(pagesAtMany, 0.99),
      unit: 'ms',
      baseline: quantile(pagesAtFew, 0.5),
      target: { ratio: 3, at: 'most' },
    },
    {
      name: 'page of 100 events at 10⁶, p50 against p50 at 10⁴',
      value: quantile(pagesAtMany, 0.5),
      unit: 'ms',
      baseline: quantile(pagesAtFew, 0.5),
    },
    {
      name: 'page of 100 events at 10⁶, p99 against p99 at 10⁴',
      value: quantile(pagesAtMany, 0.99),
      unit: 'ms',
      baseline: quantile(pagesAtFew, 0.99),
    },
  ];
}

/** Lets the checkpoint and the vacuum of what was just written pass: reading is measured here, not both. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 15_000));

/** Milliseconds of each page, one after the other, over pages all over the sessions. */
async function pageTimes(gateway: BenchGateway): Promise<number[]> {
  const { items } = JSON.parse(await get(`${gateway.url}/sessions?limit=200`)) as { items: SessionOut[] };
  const sessions = items.filter((session) => session.event_count > 1_000);
  const cursors = new Map<string, string>();
  const times: number[] = [];
  for (let page = 0; page < PAGES + 50; page++) {
    const { id } = sessions[(page * 7) % sessions.length]!;
    const after = cursors.get(id);
    const started = performance.now();
    const bytes = await getBytes(`${gateway.url}/sessions/${id}/events?limit=100${after ? `&after=${after}` : ''}`);
    if (page >= 50) times.push(performance.now() - started);
    const next = /"next_cursor":"([^"]+)"}$/.exec(bytes.toString('latin1', bytes.length - 200))?.[1];
    if (next === undefined) cursors.delete(id);
    else cursors.set(id, next);
  }
  return times;
}
