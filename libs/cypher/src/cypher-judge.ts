import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** The longest that one query may take. Usual ones take 0.1 ms; the worst that are known, some 150 on a quiet machine. */
const LONGEST_MS = 1_000;

/** The grammar takes half a second and some 40 MB to load: the thread is let go when nobody asks for so long. */
const IDLE_MS = 300_000;

const TOO_SLOW = 'The query takes too long to judge: nest less';

/** Judges queries in a thread of its own, one after the other. A query that takes too long costs the thread, no more. */
export class CypherJudge {
  private thread: Promise<Worker> | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private idle: NodeJS.Timeout | undefined;

  constructor(private readonly longestMs = LONGEST_MS) {}

  /** As `cypherFault`. Rejects when there is no judging, as without memory. */
  fault(query: string): Promise<string | undefined> {
    const judged = this.last.then(() => this.judge(query));
    this.last = judged.catch(() => undefined);
    return judged;
  }

  async stop(): Promise<void> {
    clearTimeout(this.idle);
    const { thread } = this;
    this.thread = undefined;
    await (await thread?.catch(() => undefined))?.terminate();
  }

  private async judge(query: string): Promise<string | undefined> {
    clearTimeout(this.idle);
    const worker = await (this.thread ??= this.start());
    const late = AbortSignal.timeout(this.longestMs);
    try {
      const answered = once(worker, 'message', { signal: late }) as Promise<[{ fault?: string }]>;
      worker.postMessage(query);
      const [{ fault }] = await answered;
      this.idle = setTimeout(() => void this.stop(), IDLE_MS).unref();
      return fault;
    } catch (error) {
      await this.stop();
      if (late.aborted) return TOO_SLOW;
      throw error;
    }
  }

  /** Resolves when the grammar is loaded: that is no query's time. */
  private async start(): Promise<Worker> {
    const worker = new Worker(new URL('./cypher.thread.js', import.meta.url));
    worker.unref();
    const forget = () => {
      this.thread = undefined;
    };
    worker.on('error', forget).on('exit', forget);
    await once(worker, 'message');
    return worker;
  }
}
