import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditLog } from './audit-log.js';
import { type Batch, ForwardSpool } from './forward-spool.js';

/** What became of one attempt. */
export type Outcome = 'accepted' | 'rejected' | 'failed';

/** Where records go: resolves to the answer's status, rejects when there is none. */
export type Send = (batch: Batch, signal: AbortSignal) => Promise<number>;

export interface ForwarderOptions {
  readonly log: AuditLog;
  readonly file: string;
  readonly send: Send;
  /** Milliseconds to wait after the n-th attempt in a row that did not succeed, n from 1. */
  readonly backoff?: (attempt: number, outcome: Outcome) => number;
  /** How often to look for new records. */
  readonly pollMs?: number;
  readonly onOutcome?: (outcome: Outcome) => void;
  /** Told once per outage, and once (undefined) when it is over. */
  readonly onFault?: (what: string | undefined) => void;
}

const ATTEMPT_MS = 10_000;
/** How long the last batches may take when the gateway stops. */
const FAREWELL_MS = 2_000;

/** Fast at first, then every 30 s; a receiver that refuses what it is sent is asked every minute. */
const patiently = (attempt: number, outcome: Outcome): number =>
  outcome === 'rejected' ? 60_000 : Math.min(30_000, 250 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);

/**
 * Sends the log on, in order, from the files themselves. A batch is written down before it is sent and stays the same
 * until it is accepted, over restarts too: a receiver that heeds its `Idempotency-Key` stores every record once.
 * Nothing is skipped: a receiver that refuses a batch is asked again, slowly, until somebody looks at it.
 */
export class AuditForwarder {
  private readonly spool: ForwardSpool;
  private readonly stopping = new AbortController();
  private readonly cut = new AbortController();
  private running: Promise<void> | undefined;
  private attempts = 0;

  constructor(private readonly options: ForwarderOptions) {
    this.spool = new ForwardSpool(options.log, options.file);
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Records that the receiver has not accepted yet. */
  get depth(): number {
    return this.spool.depth;
  }

  /** The oldest file that is still needed. */
  get keepFrom(): number {
    return this.spool.keepFrom;
  }

  /** Sends what there is, unless the receiver is away; what has not been sent stays in the log, for the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    const timer = setTimeout(() => this.cut.abort(), FAREWELL_MS);
    await this.running;
    clearTimeout(timer);
  }

  private async run(): Promise<void> {
    const { pollMs = 200 } = this.options;
    for (;;) {
      let wait: number;
      try {
        const batch = await this.spool.next();
        if (batch === undefined && this.stopping.signal.aborted) return;
        wait = batch === undefined ? pollMs : await this.attempt(batch);
      } catch (error) {
        wait = this.failed('failed', (error as Error).message);
      }
      if (wait === 0) continue;
      if (this.stopping.signal.aborted) return;
      await sleep(wait, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  /** One try; returns how long to wait before the next. */
  private async attempt(batch: Batch): Promise<number> {
    let status: number;
    try {
      status = await this.options.send(batch, AbortSignal.any([this.cut.signal, AbortSignal.timeout(ATTEMPT_MS)]));
    } catch (error) {
      return this.failed('failed', (error as Error).message);
    }
    if (status >= 200 && status < 300) {
      await this.spool.accepted(batch);
      this.options.onOutcome?.('accepted');
      if (this.attempts > 0) this.options.onFault?.(undefined);
      this.attempts = 0;
      return 0;
    }
    // 413 says before it reads: a smaller batch of the same records is no second delivery.
    if (status === 413 && (await this.spool.halve(batch))) return 0;
    const refused = status < 500 && status !== 408 && status !== 425 && status !== 429;
    return this.failed(refused ? 'rejected' : 'failed', `it answered ${status}`);
  }

  private failed(outcome: Outcome, why: string): number {
    this.options.onOutcome?.(outcome);
    if (++this.attempts === 1) this.options.onFault?.(why);
    return (this.options.backoff ?? patiently)(this.attempts, outcome);
  }
}
