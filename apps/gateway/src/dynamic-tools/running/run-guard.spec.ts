import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ConfigService } from '@nestjs/config';
import { Registry } from 'prom-client';
import type { Config } from '#config/env.js';
import type { AppError } from '#errors/app-error.js';
import { Clock } from '#observability/clock.js';
import { RunGuard } from './run-guard.js';
import { RunGuardMetrics } from './run-guard.metrics.js';

const LIMITS: Readonly<Record<string, number>> = {
  MCP_TOOL_MAX_CONCURRENCY: 2,
  MCP_TOOL_MAX_CALLS_PER_WINDOW: 5,
  MCP_TOOL_RATE_WINDOW_MS: 10_000,
  MCP_DYNAMIC_MAX_TOOLS: 1,
};

class Stage {
  now = 1_000_000;
  readonly metrics = new RunGuardMetrics(new Registry());
  readonly guard: RunGuard;

  constructor(more: Readonly<Record<string, number>> = {}) {
    const clock = new Clock();
    clock.now = () => this.now;
    const settings = { ...LIMITS, ...more };
    const config = { get: (name: string) => settings[name] } as unknown as ConfigService<Config, true>;
    this.guard = new RunGuard(clock, this.metrics, config);
  }

  /** @returns what came of a run that ends at once: `ok`, `failed`, or after how many seconds to come again */
  async run(tenant = 'a', scope = 's', ok = true): Promise<string | number> {
    return this.guard
      .through(tenant, scope, () => Promise.resolve({ ok }))
      .then(
        (outcome) => (outcome.ok ? 'ok' : 'failed'),
        (error: AppError) => error.details.retryAfter!,
      );
  }

  async times(count: number, tenant = 'a', scope = 's'): Promise<(string | number)[]> {
    const all: (string | number)[] = [];
    for (let i = 0; i < count; i++) all.push(await this.run(tenant, scope));
    return all;
  }

  /** A run that goes on until `end` is called. */
  begin(tenant = 'a', scope = 's') {
    const { promise, resolve } = Promise.withResolvers<{ ok: boolean }>();
    const outcome = this.guard.through(tenant, scope, () => promise).catch((error: AppError) => error);
    return { outcome, end: () => resolve({ ok: true }) };
  }

  figures(tenant = 'a', scope = 's') {
    return this.guard.report(tenant).scopes.find((one) => one.scope === scope);
  }
}

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

const OK5 = Array<string>(5).fill('ok');

describe('how often', () => {
  it('lets so many in, and says when the next one may come', async () => {
    expect(await stage.times(6)).toEqual([...OK5, 10]);
    stage.now += 7_001;
    expect(await stage.run()).toBe(3);
    stage.now += 2_998;
    expect(await stage.run()).toBe(1);
    stage.now += 1;
    expect(await stage.times(6)).toEqual([...OK5, 10]);
  });

  it('slides: never more than so many within any window', async () => {
    const let_in: number[] = [];
    for (let step = 0; step < 5_000; step++) {
      stage.now += (step * 7_919) % 613;
      if ((await stage.run()) === 'ok') let_in.push(stage.now);
    }
    expect(let_in.length).toBeGreaterThan(500);
    for (let i = 5; i < let_in.length; i++) expect(let_in[i]! - let_in[i - 5]!).toBeGreaterThanOrEqual(10_000);
  });

  it('counts what was refused against nobody', async () => {
    await stage.times(5);
    stage.now += 9_999;
    await stage.times(100);
    stage.now += 1;
    expect(await stage.run()).toBe('ok');
  });

  it('is not fooled by a clock that is set back', async () => {
    await stage.times(3);
    stage.now -= 5_000;
    expect(await stage.times(3)).toEqual(['ok', 'ok', 15]);
    stage.now += 15_000;
    expect(await stage.run()).toBe('ok');
  });

  it.each([
    ['another scope', 'a', 'other'],
    ['another tenant', 'b', 's'],
    ['a tenant and a scope that only look alike together', 'a s', ''],
  ])('of %s is counted apart', async (_what, tenant, scope) => {
    await stage.times(6);
    expect(await stage.times(6, tenant, scope)).toEqual([...OK5, 10]);
  });

  it('keeps no more than an entry for each millisecond of the window', async () => {
    const wide = new Stage({ MCP_TOOL_MAX_CALLS_PER_WINDOW: 1_000_000, MCP_TOOL_RATE_WINDOW_MS: 1_000 });
    for (let i = 0; i < 20_000; i++) {
      if (i % 4 === 0) wide.now++;
      await wide.run();
    }
    const { window } = (wide.guard as unknown as { scopes: { of(t: string): { window: object }[] } }).scopes.of(
      'a',
    )[0]!;
    expect((window as { moments: unknown[] }).moments.length).toBeLessThanOrEqual(2_100);
  });
});

describe('how many at once', () => {
  it('lets so many in, and the next one when one has ended', async () => {
    const [first, second, third] = [stage.begin(), stage.begin(), stage.begin()];
    expect(await third.outcome).toMatchObject({
      code: 'guard_rejection',
      details: { retryAfter: 1, members: { error: 'GuardRejectionError', guard: 's' } },
    });
    expect(stage.guard.report('a').activeExecutions).toBe(2);
    first.end();
    await first.outcome;
    expect(await stage.run()).toBe('ok');
    second.end();
    await second.outcome;
    expect([stage.guard.report('a').activeExecutions, stage.metrics.active()]).toEqual([0, 0]);
  });

  it('leaves a place when a run throws, at once or later', async () => {
    const thrown = () => {
      throw new Error('at once');
    };
    for (let i = 0; i < 2; i++) {
      await expect(stage.guard.through('a', 's', thrown)).rejects.toThrow('at once');
      await expect(stage.guard.through('a', 's', () => Promise.reject(new Error('later')))).rejects.toThrow('later');
    }
    expect(await stage.run()).toBe('ok');
    expect(stage.figures()).toMatchObject({ allowed: 5, failed: 4 });
  });
});

describe('the figures', () => {
  it('tell what became of every run', async () => {
    const running = [stage.begin(), stage.begin()];
    await stage.run();
    for (const { end } of running) end();
    await Promise.all(running.map(({ outcome }) => outcome));
    await stage.run('a', 's', false);
    await stage.times(4);
    expect(stage.figures()).toEqual({
      scope: 's',
      total: 8,
      allowed: 5,
      rejectedRate: 2,
      rejectedConcurrency: 1,
      failed: 1,
    });
    const { values } = await stage.metrics.rejections.get();
    expect(values.map(({ labels, value }) => [labels.kind, value])).toEqual([
      ['rate', 2],
      ['concurrency', 1],
    ]);
  });

  it("are of the tenant's own runs", async () => {
    await stage.times(6, 'b', 'secret-of-b');
    const other = stage.begin('b', 'secret-of-b');
    expect(stage.guard.report('a')).toEqual({
      activeExecutions: 0,
      limits: { maxConcurrency: 2, maxCallsPerWindow: 5, windowMs: 10_000 },
      scopes: [],
    });
    other.end();
  });

  it('are remembered of a bounded number of scopes, and never forgotten while one runs', async () => {
    const running = [stage.begin('a', 'running'), stage.begin('a', 'running')];
    for (let i = 0; i < 1_000; i++) await stage.run('a', `scope-${i}`);
    expect(stage.guard.report('a').scopes.length).toBeLessThanOrEqual(257);
    expect(await stage.run('a', 'running')).toBe(1);
    expect(stage.figures('a', 'scope-0')).toBeUndefined();
    expect(stage.figures('a', 'scope-999')).toBeDefined();
    for (const { end } of running) end();
  });

  it("are not forgotten because of another tenant's scopes", async () => {
    await stage.times(5);
    for (let i = 0; i < 1_000; i++) await stage.run('b', `scope-${i}`);
    expect(await stage.run()).toBe(10);
  });
});
