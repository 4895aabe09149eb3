const TICK_MS = 9;
const MOST_TICKS = 4;

/**
 * Notices within 50 ms that answers have stopped, with one timer for all questions. It counts its own ticks, not the
 * clock: while the event loop is busy no tick comes, so that our own slowness is not held against whom we ask.
 */
export class AnswerWatch {
  private sent = 0;
  private received = 0;
  /** Answers come in the order of the questions: this one is waited for. */
  private mark = 0;
  private ticks = 0;
  private timer: NodeJS.Timeout | undefined;
  private ticking = false;

  constructor(private readonly onSilence: () => void) {}

  asked(): void {
    this.sent++;
    if (this.ticking) return;
    this.ticking = true;
    this.mark = this.sent;
    this.ticks = 0;
    if (this.timer) this.timer.refresh();
    else this.timer = setTimeout(() => this.tick(), TICK_MS).unref();
  }

  /** An answer, or a failure: either way it is not waited for any more. */
  answered(): void {
    this.received++;
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private tick(): void {
    if (this.received >= this.mark) {
      this.ticks = 0;
      this.mark = this.sent;
      this.ticking = this.received < this.sent;
    } else if (++this.ticks >= MOST_TICKS) {
      this.ticking = false;
      const { mark } = this;
      // What has arrived while the loop was busy is read first.
      setImmediate(() => (this.received < mark ? this.onSilence() : this.resume()));
    }
    if (this.ticking) this.timer!.refresh();
  }

  private resume(): void {
    if (this.ticking || this.received >= this.sent) return;
    this.ticking = true;
    this.mark = this.sent;
    this.ticks = 0;
    this.timer!.refresh();
  }
}
