import { SandboxBusy, SandboxUnavailable } from '../sandbox.errors.js';
import { FairQueue } from './fair-queue.js';
import { quickjsModule } from './quickjs-module.js';
import type { ThreadOptions } from './thread-messages.js';
import { WasmThread } from './wasm-thread.js';

export interface PoolOptions extends Omit<ThreadOptions, 'quickjs'> {
  readonly workers: number;
  /** Runs that may wait for a thread. */
  readonly queue: number;
}

/** Threads, and runs that wait for one of them. */
export interface PoolState {
  readonly idle: number;
  readonly busy: number;
  readonly starting: number;
  readonly waiting: number;
}

/** Threads for runs inside runs, beyond those that are kept. */
const EXTRA_PER_WORKER = 4;

interface Waiter extends PromiseWithResolvers<WasmThread | undefined> {
  /** When it is over at the latest, of `performance.now()`. */
  readonly until: number;
}

/** Threads that are kept warm. There is none before there is code to run. */
export class ThreadPool {
  private readonly idle: WasmThread[] = [];
  private readonly all = new Set<WasmThread>();
  private readonly waiting = new FairQueue<Waiter>();
  private readonly starts = new Set<Promise<void>>();
  private extra = 0;
  private isClosed = false;

  constructor(private readonly options: PoolOptions) {}

  get state(): PoolState {
    const idle = this.idle.length;
    return { idle, busy: this.all.size - idle, starting: this.starts.size, waiting: this.waiting.length };
  }

  /**
   * Whoever takes a thread gives it back.
   * @returns undefined when none became free in time
   * @throws SandboxBusy, SandboxUnavailable, the signal's reason
   */
  async take(tenant: string, timeoutMs: number, signal: AbortSignal): Promise<WasmThread | undefined> {
    if (this.isClosed) throw new SandboxUnavailable('wasm');
    const until = performance.now() + timeoutMs;
    const idle = this.takeIdle();
    if (idle) return Object.assign(idle, { until });
    const waiter: Waiter = { ...Promise.withResolvers<WasmThread | undefined>(), until };
    // Whoever waits for a thread to start waits for no one else.
    const most = this.options.queue + this.options.workers - (this.state.busy - this.extra);
    this.waiting.push(tenant, waiter, most)?.reject(new SandboxBusy(this.retryAfter()));
    // One more than wait: when a thread is lost, the next run has not to wait for another.
    while (
      this.all.size - this.extra + this.starts.size < this.options.workers &&
      this.starts.size <= this.waiting.length
    )
      this.start();
    // It leaves at once: a thread that is given to nobody would be lost.
    const leave = (how: () => void) => {
      this.waiting.delete(tenant, waiter);
      how();
    };
    const late = setTimeout(() => leave(() => waiter.resolve(undefined)), timeoutMs);
    const abort = () => leave(() => waiter.reject(signal.reason));
    signal.addEventListener('abort', abort);
    try {
      return await waiter.promise;
    } finally {
      clearTimeout(late);
      signal.removeEventListener('abort', abort);
    }
  }

  /**
   * For a run that another one waits for, which has a thread meanwhile: if it waited for one of the others, all of them
   * might wait for each other. @throws SandboxBusy, SandboxUnavailable
   */
  async takeExtra(timeoutMs: number): Promise<WasmThread> {
    if (this.isClosed) throw new SandboxUnavailable('wasm');
    const until = performance.now() + timeoutMs;
    const idle = this.takeIdle();
    if (idle) return Object.assign(idle, { until });
    if (this.extra >= this.options.workers * EXTRA_PER_WORKER) throw new SandboxBusy(this.retryAfter());
    this.extra++;
    try {
      const thread = await this.startOne();
      this.all.add(thread);
      return Object.assign(thread, { until, isExtra: true });
    } catch (error) {
      this.extra--;
      throw error;
    }
  }

  give(thread: WasmThread): void {
    if (thread.isExtra) this.extra--;
    if (this.isClosed) return;
    if (thread.isExtra) return this.end(thread);
    if (thread.needsSuccessor) {
      thread.hasSuccessor = true;
      this.start();
    }
    if (thread.isSpent) return this.end(thread);
    const next = this.waiting.shift();
    if (next) next.resolve(Object.assign(thread, { until: next.until }));
    else this.idle.push(thread);
  }

  private takeIdle(): WasmThread | undefined {
    for (let thread = this.idle.pop(); thread; thread = this.idle.pop()) {
      if (!thread.isSpent) return thread;
      this.give(thread);
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.refuseAll();
    await Promise.all([...this.starts, ...[...this.all].map((thread) => thread.end())]);
    this.all.clear();
    this.idle.length = 0;
  }

  private end(thread: WasmThread): void {
    this.all.delete(thread);
    void thread.end();
  }

  private start(): void {
    const start = this.startOne().then(
      (thread) => {
        this.starts.delete(start);
        this.all.add(thread);
        this.give(thread);
      },
      (error: unknown) => {
        this.starts.delete(start);
        if (this.all.size + this.starts.size === 0) this.refuseAll(error);
      },
    );
    this.starts.add(start);
  }

  private async startOne(): Promise<WasmThread> {
    const thread = await WasmThread.start({ ...this.options, quickjs: await quickjsModule() });
    if (!this.isClosed) return thread;
    await thread.end();
    throw new SandboxUnavailable('wasm');
  }

  private refuseAll(cause?: unknown): void {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift())
      next.reject(new SandboxUnavailable('wasm', cause));
  }

  /** Whole seconds until something that runs is over at the latest. */
  private retryAfter(): number {
    const now = performance.now();
    const soonest = Math.min(...[...this.all].map(({ until }) => until - now).filter((left) => left > 0));
    return Number.isFinite(soonest) ? Math.max(1, Math.ceil(soonest / 1_000)) : 1;
  }
}
