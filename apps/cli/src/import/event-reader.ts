import type { RecordedEvent } from './recorded-session.js';

const A_DAY_MS = 24 * 3_600_000;

/** Reads a recording's events once, from front to back, however many sessions they are played into. */
export class EventReader {
  readonly #events: AsyncIterator<RecordedEvent> | Iterator<RecordedEvent>;
  #ahead: RecordedEvent | undefined;
  #index = -1;
  #latest: number;

  constructor(events: AsyncIterable<RecordedEvent> | Iterable<RecordedEvent>, startTime: string) {
    this.#events = Symbol.asyncIterator in events ? events[Symbol.asyncIterator]() : events[Symbol.iterator]();
    this.#latest = Date.parse(startTime);
  }

  /** The latest time among the events so far, without those that the gateway refuses for lying in the future. */
  get latest(): string {
    return new Date(this.#latest).toISOString();
  }

  /** Goes on to the event at `index`, which is still to be read: `latest` knows its time. */
  async skipTo(index: number): Promise<void> {
    while (this.#index < index) await this.#advance();
  }

  /** The events from one number on up to another, without it. */
  async *read(from: number, to: number): AsyncGenerator<RecordedEvent> {
    for (let index = from; index < to; index++) {
      await this.skipTo(index);
      if (this.#ahead === undefined) return;
      yield this.#ahead;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#events.return?.();
  }

  async #advance(): Promise<void> {
    const next = await this.#events.next();
    this.#index++;
    this.#ahead = next.done ? undefined : next.value;
    const at = Date.parse(this.#ahead?.client_timestamp ?? '');
    if (at > this.#latest && at < Date.now() + A_DAY_MS) this.#latest = at;
  }
}
