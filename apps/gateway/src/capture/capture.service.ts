import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { BUILTIN } from '#gateway/builtin-tools/builtin-tool.js';
import { isInputRequired } from '#gateway/tools/tool.js';
import { type ToolCallEnd, ToolCallObserver } from '#gateway/tools/tool-request.js';
import { AppError } from '#errors/app-error.js';
import { CaptureMetrics } from './capture.metrics.js';
import { CaptureQueue } from './capture-queue.js';
import { type CapturedCall, CaptureWriter } from './capture-writer.js';
import { eventsOf } from './captured-events.js';

const BOUNDS = { calls: 10_000, bytes: 32 * 1024 * 1024 };
const FLUSH_MS = 500;
/** Few enough that making signals of them holds up no other call for more than a moment. */
const CALLS_AT_ONCE = 64;
const EVENTS_OF_A_CALL = 2;
const TRIES = 6;
const FIRST_PAUSE_MS = 1_000;
/** How long the end of the process waits for what has not been written. */
const STOP_MS = 5_000;

/**
 * Makes signals of every call, off the call's own path: a call is only put into a queue, which is written in batches. A
 * store that is away delays nobody; what does not fit meanwhile, or cannot be written for too long, is counted and let go.
 */
@Injectable()
export class CaptureService extends ToolCallObserver implements OnModuleDestroy {
  private readonly logger = new Logger('Capture');
  private readonly enabled: boolean;
  private readonly queue = new CaptureQueue(BOUNDS);
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;

  constructor(
    private readonly writer: CaptureWriter,
    private readonly metrics: CaptureMetrics,
    config: ConfigService<Config, true>,
  ) {
    super();
    this.enabled = config.get('CAPTURE_TOOL_CALLS', { infer: true });
    metrics.watch(() => this.queue.size);
  }

  ended(end: ToolCallEnd): void {
    if (!this.enabled || !isSignal(end)) return;
    if (!this.queue.push(end)) return this.metrics.count('dropped', EVENTS_OF_A_CALL);
    if (!this.flushing) this.flushLater();
  }

  /** By then every call has been answered. */
  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.timer);
    this.stopping.abort();
    if (this.queue.size > 0) this.flush();
    await Promise.race([this.flushing, delay(STOP_MS, undefined, { ref: false })]);
    this.metrics.count('lost', this.queue.size * EVENTS_OF_A_CALL);
  }

  private flushLater(): void {
    this.timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  private flush(): void {
    this.timer = undefined;
    this.flushing ??= this.writeAll().finally(() => {
      this.flushing = undefined;
      if (this.queue.size > 0 && !this.stopping.signal.aborted) this.flushLater();
    });
  }

  /** A few that came meanwhile wait for others, unless there is no later. */
  private async writeAll(): Promise<void> {
    do {
      const calls = this.queue.take(CALLS_AT_ONCE).map((end) => ({ end, events: eventsOf(end) }));
      await this.deliver(calls);
    } while (this.queue.size >= (this.stopping.signal.aborted ? 1 : CALLS_AT_ONCE));
  }

  private async deliver(calls: readonly CapturedCall[]): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.writer.write(calls);
      } catch (error) {
        if (tries === TRIES || this.stopping.signal.aborted) {
          this.logger.warn(`${calls.length} tool calls were not recorded: ${(error as Error).message}`);
          return this.metrics.count('lost', calls.length * EVENTS_OF_A_CALL);
        }
        await this.pause(FIRST_PAUSE_MS * 2 ** (tries - 1));
      }
    }
  }

  /** Ends early when the process does: then there is one more try. */
  private async pause(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
  }
}

/**
 * The gateway's own tools are how an agent reports: reporting is no signal. A call that waits for its client's input is
 * not over yet; one that a limit refused has cost nobody anything, and must not cost a write.
 */
function isSignal({ tool, answer, error }: ToolCallEnd): boolean {
  if (tool?.upstream === BUILTIN) return false;
  if (answer) return !isInputRequired(answer);
  return !(error instanceof AppError && error.status === 429);
}
