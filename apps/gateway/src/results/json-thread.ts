import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

/** JSON that is looked at in the thread. */
export interface JsonTask {
  readonly text: string;
  /** JMESPath; without one the value is described. */
  readonly expression?: string;
  /** True where the text is a `CallToolResult`, whose JSON is meant. */
  readonly isResult: boolean;
}

/** `json`: what was selected. `shape`: of the whole, where nothing was, or nothing was to be. `fault`: for the caller. */
export interface JsonAnswer {
  readonly json?: string;
  readonly shape?: string;
  readonly fault?: string;
}

/** For an expression over a small value, and more for each megabyte that has to be read first. */
const LONGEST_MS = 500;
const MS_PER_MEGABYTE = 50;
const MOST_MEMORY_MB = 384;
const MOST_WAITING = 64;
/** The thread is let go when nobody asks for so long. */
const IDLE_MS = 60_000;

/** Looks at JSON in a thread of its own, one after the other. What takes too long costs the thread, no more. */
@Injectable()
export class JsonThread implements OnApplicationShutdown {
  private thread: Promise<Worker> | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private idle: NodeJS.Timeout | undefined;

  async ask(task: JsonTask): Promise<JsonAnswer> {
    if (this.waiting >= MOST_WAITING) return { fault: 'too many are being looked at already. Try again shortly' };
    this.waiting++;
    const answered = this.last.then(() => this.answer(task));
    this.last = answered.catch(() => undefined);
    return answered.finally(() => this.waiting--);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  async stop(): Promise<void> {
    clearTimeout(this.idle);
    const { thread } = this;
    this.thread = undefined;
    await (await thread?.catch(() => undefined))?.terminate();
  }

  private async answer(task: JsonTask): Promise<JsonAnswer> {
    clearTimeout(this.idle);
    const worker = await this.running();
    const late = AbortSignal.timeout(LONGEST_MS + Math.ceil((task.text.length / 1_048_576) * MS_PER_MEGABYTE));
    try {
      const answered = once(worker, 'message', { signal: late }) as Promise<[JsonAnswer]>;
      worker.postMessage(task);
      const [answer] = await answered;
      this.idle = setTimeout(() => void this.stop(), IDLE_MS).unref();
      return answer;
    } catch {
      // It may take a while to end: nobody waits for that.
      void this.stop();
      return { fault: late.aborted ? 'it takes too long' : 'it takes too much memory' };
    }
  }

  private running(): Promise<Worker> {
    if (!this.thread) {
      const thread = this.start(() => {
        if (this.thread === thread) this.thread = undefined;
      });
      this.thread = thread;
    }
    return this.thread;
  }

  private async start(forget: () => void): Promise<Worker> {
    const worker = new Worker(new URL('./json.thread.js', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
    });
    worker.unref();
    worker.on('error', forget).on('exit', forget);
    await once(worker, 'message');
    return worker;
  }
}
