import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { HostFunctions } from '../sandbox.js';
import { HostCalls } from './host-calls.js';
import type { Ended, HostCall, Task, ThreadOptions } from './thread-messages.js';

/** What a run may be late before its thread is ended, and what it logged is lost. */
const GRACE_MS = 60;
const MOST_RUNS = 100;
/** Then the next thread is made, so that it is there when this one goes. */
const NEARLY_MOST_RUNS = 90;
const MEBIBYTE = 1024 * 1024;
/** Of V8, beside the guest's memory; results, logs and answers pass through it. */
const HEAP_MB = 64;
/** QuickJS takes up to forty bytes of it for each one of its own, before V8 has optimised it. */
const STACK_MB = 16;

export interface ThreadRun extends Omit<Task, 'run' | 'host'> {
  readonly host: HostFunctions | undefined;
  /** Whoever aborts it ends the thread. */
  readonly signal: AbortSignal;
}

/** A thread with a QuickJS in it: runs one piece of code at a time, and is ended when that does not end. */
export class WasmThread {
  /** When whatever runs here is over at the latest, of `performance.now()`. */
  until = 0;
  /** Nothing else may run here. */
  isSpent = false;
  hasSuccessor = false;
  /** It goes when its run has ended. */
  isExtra = false;
  private runs = 0;
  private calls: HostCalls | undefined;
  private settle: ((ended: Ended) => void) | undefined;

  private constructor(private readonly worker: Worker) {
    worker.on('message', (message: Ended | HostCall) => {
      if ('kind' in message) this.finish(message);
      else void this.calls?.take(message);
    });
    worker.on('error', (error: NodeJS.ErrnoException) =>
      this.stop(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'out_of_memory' : 'crashed'),
    );
    worker.on('exit', () => this.stop('crashed'));
  }

  static async start(options: ThreadOptions): Promise<WasmThread> {
    const worker = new Worker(new URL('./wasm.worker.js', import.meta.url), {
      workerData: options,
      env: {},
      argv: [],
      execArgv: [],
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: {
        maxOldGenerationSizeMb: HEAP_MB + Math.ceil((options.outputBytes * 8) / MEBIBYTE),
        maxYoungGenerationSizeMb: 8,
        stackSizeMb: STACK_MB,
      },
    });
    worker.unref();
    const gone = once(worker, 'exit').then(() => Promise.reject(new Error('It ended before it had begun')));
    await Promise.race([once(worker, 'message'), gone]);
    return new WasmThread(worker);
  }

  get needsSuccessor(): boolean {
    return !this.hasSuccessor && (this.isSpent || this.runs >= NEARLY_MOST_RUNS);
  }

  /** @throws the signal's reason */
  async run({ host, signal, ...task }: ThreadRun): Promise<Ended> {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    const began = performance.now();
    const stop = (kind: Ended['kind']) => this.stop(kind, Math.round(performance.now() - began));
    const kill = setTimeout(() => stop('timeout'), task.timeoutMs + GRACE_MS);
    const abort = () => stop('crashed');
    this.settle = resolve;
    this.calls = host && new HostCalls(host, signal, (answer) => this.worker.postMessage(answer));
    signal.addEventListener('abort', abort);
    this.worker.postMessage({ ...task, run: ++this.runs, host: Object.keys(host ?? {}) } satisfies Task);
    const ended = await promise;
    clearTimeout(kill);
    signal.removeEventListener('abort', abort);
    signal.throwIfAborted();
    return ended;
  }

  /** Ends it, and what runs in it. */
  async end(): Promise<void> {
    this.stop('crashed');
    await this.worker.terminate();
  }

  /** It may take a moment to end: nobody waits for that. */
  private stop(kind: Ended['kind'], durationMs = 0): void {
    this.finish({ kind, text: '', logs: [], durationMs, spent: true });
    void this.worker.terminate();
  }

  private finish(ended: Ended): void {
    this.isSpent ||= ended.spent || this.runs >= MOST_RUNS;
    this.calls?.end();
    this.calls = undefined;
    this.settle?.(ended);
    this.settle = undefined;
  }
}
