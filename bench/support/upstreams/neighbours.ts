import { Pool } from 'undici';
import { modern } from '../mcp/load.js';
import type { Served } from '../mcp/served.js';

/** Milliseconds that calls took to be refused because the breaker was open. */
export interface Trouble {
  readonly refusedMs: number[];
  readonly calls: number;
}

const LANES = 4;

/** Calls a tool that fails again and again, some at a time and not too often, until `work` is done. */
export async function during<T>(
  { url }: Served,
  tool: string | undefined,
  perSecond: number,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly trouble: Trouble }> {
  const refusedMs: number[] = [];
  let calls = 0;
  let over = false;
  const pool = new Pool(url, { connections: LANES, pipelining: 1 });
  const lane = async () => {
    while (!over && tool !== undefined) {
      const began = performance.now();
      const { headers, body } = modern('tools/call', { name: tool, arguments: {} });
      const answer = await pool.request({ method: 'POST', path: '/mcp', headers, body });
      const text = await answer.body.text();
      calls++;
      const took = performance.now() - began;
      if (text.includes('CircuitOpenError')) refusedMs.push(took);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, (LANES * 1_000) / perSecond - took)));
    }
  };
  const lanes = Array.from({ length: LANES }, lane);
  const result = await work();
  over = true;
  await Promise.all(lanes);
  await pool.close();
  return { result, trouble: { refusedMs, calls } };
}
