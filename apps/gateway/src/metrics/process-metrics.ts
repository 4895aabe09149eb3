import { readdirSync, readFileSync } from 'node:fs';
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { VERSION } from '#gateway/health/version.js';

/** How often the event loop is asked how late it is. Ten times a second cost 0.02 % of a core, idle. */
const LAG_SAMPLE_MS = 100;

const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
};

/**
 * What the process itself is doing, under the names that every dashboard of Node.js knows. Not prom-client's own
 * set: that calls gauges `_total`, which `promtool check metrics` refuses, and wakes an idle process a hundred times a second.
 */
@Injectable()
export class ProcessMetrics implements OnModuleInit, OnModuleDestroy {
  private readonly lag: Histogram;
  private readonly gc: Histogram<'kind'>;
  private readonly observer: PerformanceObserver;
  private sampler: NodeJS.Timeout | undefined;

  constructor(registry: Registry) {
    const registers = [registry];
    const gauge = (name: string, help: string, read: () => number | undefined, aggregator: Aggregator = 'sum') =>
      new Gauge({ name, help, registers, aggregator, collect: setter(read) });
    describeBuild(registers);
    countCpu(registers);
    gauge('process_start_time_seconds', 'Start of the process, seconds since 1970.', () => STARTED_AT, 'min');
    gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
    gauge('process_open_fds', 'Open file descriptors.', openFiles);
    gauge('process_max_fds', 'Most file descriptors that may be open.', maxFiles, 'min');
    gauge('nodejs_heap_size_total_bytes', 'Heap that V8 has reserved.', () => process.memoryUsage().heapTotal);
    gauge('nodejs_heap_size_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed);
    gauge('nodejs_external_memory_bytes', 'Memory of buffers outside the heap.', () => process.memoryUsage().external);
    this.lag = new Histogram({
      name: 'achilles_event_loop_lag_seconds',
      help: 'How late the event loop comes to a timer, sampled ten times a second.',
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    });
    this.gc = new Histogram({
      name: 'nodejs_gc_duration_seconds',
      help: 'Garbage collections by kind.',
      labelNames: ['kind'],
      buckets: [0.001, 0.01, 0.1, 1],
      registers,
    });
    this.observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { detail, duration } = entry as PerformanceNodeEntry;
        this.gc.observe({ kind: GC_KINDS[detail?.kind ?? -1] ?? 'other' }, duration / 1_000);
      }
    });
  }

  onModuleInit(): void {
    this.observer.observe({ entryTypes: ['gc'] });
    let due = performance.now() + LAG_SAMPLE_MS;
    this.sampler = setInterval(() => {
      const now = performance.now();
      this.lag.observe(Math.max(0, now - due) / 1_000);
      due = now + LAG_SAMPLE_MS;
    }, LAG_SAMPLE_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.sampler);
    this.observer.disconnect();
  }
}

interface PerformanceNodeEntry extends PerformanceEntry {
  readonly detail?: { readonly kind?: number };
}

type Aggregator = 'sum' | 'min' | 'first';

const STARTED_AT = Math.round(performance.timeOrigin) / 1_000;

/** Sets the gauge when it is asked for; what cannot be known here stays away. */
function setter(read: () => number | undefined) {
  return function collect(this: Gauge): void {
    const value = read();
    if (value === undefined) this.remove();
    else this.set(value);
  };
}

function describeBuild(registers: Registry[]): void {
  new Gauge({
    name: 'achilles_build_info',
    help: 'Version of the gateway and of the Node.js that runs it; always 1.',
    labelNames: ['version', 'node'],
    aggregator: 'first',
    registers,
  }).set({ version: VERSION, node: process.version }, 1);
}

function countCpu(registers: Registry[]): void {
  let counted = 0;
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process, user and system.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.inc((user + system - counted) / 1e6);
      counted = user + system;
    },
  });
}

function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}

function maxFiles(): number | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}
