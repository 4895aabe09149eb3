import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { ConfigService } from '@nestjs/config';
import { Registry } from 'prom-client';
import type { Config } from '#config/env.js';
import { MOST_KEPT_BYTES } from './kept-result.js';
import { KeptResults } from './kept-results.js';
import { MemoryResultStore } from './memory.result-store.js';
import { ResultMetrics } from './results.metrics.js';

const MEGABYTE = 1_024 * 1_024;

function keptWithin(bytes: number) {
  const metrics = new ResultMetrics(new Registry());
  const config = { get: () => bytes } as unknown as ConfigService<Config, true>;
  return { kept: new KeptResults(config, metrics, undefined, undefined) };
}
const result = (text: string) => ({ tool: 'a', mimeType: 'text/plain', maxBytes: 1_000, text });

describe('results in memory', () => {
  it('come back as they were', async () => {
    const { kept } = keptWithin(64 * MEGABYTE);
    for (const text of ['', 'é\n😀\0', 'a\n{"b":1}\n', 'x'.repeat(MOST_KEPT_BYTES)]) {
      const { id, isHereOnly } = (await kept.keep('o', result(text)))!;
      expect((await kept.read('o', id))!.text === text).toBe(true);
      expect([isHereOnly, /^[\w-]{22}$/.test(id)]).toEqual([false, true]);
    }
  });

  it('take no more than they may, a thousand times five megabytes of many owners', async () => {
    const bound = 64 * MEGABYTE;
    const store = new MemoryResultStore(bound);
    let most = 0;
    for (let i = 0; i < 1_000; i++) {
      expect(await store.keep(`o${i % 10}`, `id${i}`, Buffer.alloc(5 * MEGABYTE))).toBe(true);
      most = Math.max(most, store.bytes);
    }
    expect(most).toBeGreaterThan(bound / 2);
    expect(most).toBeLessThanOrEqual(bound);
    expect([await store.has('o0', 'id0'), await store.has('o9', 'id999')]).toEqual([false, true]);
  });

  it('of one owner do not push out another’s', async () => {
    const { kept } = keptWithin(8 * MEGABYTE);
    const mine = (await kept.keep('mine', result('mine')))!;
    for (let i = 0; i < 50; i++) await kept.keep('theirs', result(randomBytes(MEGABYTE).toString('base64')));
    expect(await kept.has('mine', mine.id)).toBe(true);
  });

  it('that have no room are not kept', async () => {
    const { kept } = keptWithin(MEGABYTE);
    expect(await kept.keep('o', result(randomBytes(MEGABYTE).toString('base64')))).toBeUndefined();
  });
});
