import type { AppError } from '#errors/app-error.js';
import { CallCancelled } from '../tools.errors.js';

/**
 * The time of one call: it is over when the client leaves, when the time is up, or when the call has ended. One timer
 * and one controller, whatever the call does meanwhile; it does one thing at a time.
 */
export class CallTime {
  /** Of `performance.now()`. */
  readonly deadline: number;
  /** Why it is over before the call has ended. */
  fault: AppError | undefined;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private stop: ((fault: AppError) => void) | undefined;

  /**
   * @param client aborted when it leaves; undefined: somebody says `cancel`
   * @param late makes the error of a call that is out of time
   */
  constructor(
    ms: number,
    private readonly late: () => AppError,
    private readonly client?: AbortSignal,
  ) {
    this.deadline = performance.now() + ms;
    this.timer = setTimeout(timeIsUp, ms, this);
    if (client?.aborted) this.cancel();
    else client?.addEventListener('abort', this);
  }

  /** Aborted when it is over before the call has ended. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get remainingMs(): number {
    return this.deadline - performance.now();
  }

  /** What `begin` starts; rejects as soon as it is over, whatever becomes of the rest. */
  during<T>(begin: () => Promise<T>): Promise<T> {
    if (this.fault) return Promise.reject(this.fault);
    return new Promise<T>((resolve, reject) => {
      this.stop = reject;
      begin().then(resolve, reject);
    });
  }

  async wait(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      await this.during(() => new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))));
    } finally {
      clearTimeout(timer);
    }
  }

  /** The call has ended: nothing is left behind. */
  end(): void {
    clearTimeout(this.timer);
    this.client?.removeEventListener('abort', this);
  }

  cancel(): void {
    this.isOver(new CallCancelled());
  }

  timeIsUp(): void {
    this.isOver(this.late());
  }

  /** Of the client's signal. */
  handleEvent(): void {
    this.cancel();
  }

  private isOver(fault: AppError): void {
    if (this.fault) return;
    this.fault = fault;
    this.end();
    // Its own error first: a source that fails because of the abort comes too late to say what happened.
    this.stop?.(fault);
    this.controller.abort(fault);
  }
}

const timeIsUp = (time: CallTime) => time.timeIsUp();
