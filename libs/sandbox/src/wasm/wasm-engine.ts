import { SandboxUnavailable } from '../sandbox.errors.js';
import { type FaultKind, type RunOutcome, SandboxEngine, type SandboxRun } from '../sandbox.js';
import { type PoolOptions, type PoolState, ThreadPool } from './thread-pool.js';
import type { Ending } from './thread-messages.js';
import type { WasmThread } from './wasm-thread.js';

export interface WasmEngineOptions extends PoolOptions {
  /** Milliseconds that a run may ask for. */
  readonly maxTimeoutMs: number;
}

/** Code in QuickJS, in WebAssembly, in threads: no files, no network, and nothing of this process but its host functions. */
export class WasmEngine extends SandboxEngine {
  readonly name = 'wasm';
  private readonly pool: ThreadPool;
  private isClosed = false;

  constructor(private readonly options: WasmEngineOptions) {
    super();
    this.pool = new ThreadPool(options);
  }

  get state(): PoolState {
    return this.pool.state;
  }

  async run({ tenant, signal, nested = false, ...run }: SandboxRun): Promise<RunOutcome> {
    const began = performance.now();
    signal.throwIfAborted();
    const timeoutMs = Math.min(run.timeoutMs, this.options.maxTimeoutMs);
    const args = JSON.stringify(run.args) ?? 'null';
    const thread = nested ? await this.pool.takeExtra(timeoutMs) : await this.pool.take(tenant, timeoutMs, signal);
    const message = `No sandbox became free within ${timeoutMs} ms: it did not run.`;
    if (!thread) return { ok: false, error: { kind: 'timeout', message }, durationMs: 0, logs: [] };
    try {
      return await this.runIn(thread, { ...run, signal, args, timeoutMs }, began);
    } finally {
      this.pool.give(thread);
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.pool.close();
  }

  private async runIn(
    thread: WasmThread,
    run: Omit<SandboxRun, 'tenant'> & { args: string },
    began: number,
  ): Promise<RunOutcome> {
    const { code, args, host, signal, timeoutMs } = run;
    signal.throwIfAborted();
    const left = Math.max(1, timeoutMs - (performance.now() - began));
    const ended = await thread.run({ code, args, host, signal, timeoutMs: left });
    if (this.isClosed && ended.kind === 'crashed') throw new SandboxUnavailable(this.name);
    const { kind, text, durationMs, logs } = ended;
    if (kind === 'ok') return { ok: true, result: JSON.parse(text) as unknown, durationMs, logs };
    return { ok: false, error: { kind, message: this.messageOf(kind, text, timeoutMs) }, durationMs, logs };
  }

  private messageOf(kind: FaultKind, text: Ending['text'], timeoutMs: number): string {
    const { memoryMb, outputBytes } = this.options;
    const messages: Record<FaultKind, string> = {
      thrown: text,
      invalid_result: text,
      timeout: `It did not end within ${timeoutMs} ms.`,
      out_of_memory: `It needs more than the ${memoryMb} MiB of memory that a run may take.`,
      result_too_large: `What it returned is larger than ${outputBytes} bytes of JSON.`,
      stalled: 'It waits for a promise that nothing settles any more.',
      crashed: 'The sandbox came to an end under it.',
    };
    return messages[kind];
  }
}
