import { StringDecoder } from 'node:string_decoder';
import { createParser, type EventSourceParser } from 'eventsource-parser';
import type { AnswerFlow } from '#egress/egress-client.js';
import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import { InvalidResult } from '#gateway/tools/tools.errors.js';
import { readJson } from './messages.js';

/** Read in one turn of the event loop; then others have theirs. */
const EVENTS_AT_ONCE = 500;

/** How far a stream may go. */
export interface EventLimits {
  readonly events: number;
  /** Characters of one event. */
  readonly length: number;
}

/** Makes messages of a stream of server-sent events, and remembers where it could be taken up again. */
export class EventReader {
  /** The last event that had an id. */
  lastEventId: string | undefined;
  /** What the server asks to wait before it is asked for the rest. */
  retryMs: number | undefined;
  private readonly decoder = new StringDecoder();
  private readonly parser: EventSourceParser;
  private isFirst = true;
  private events = 0;
  private sincePause = 0;

  /** @param take each message, in order */
  constructor(
    private readonly upstream: string,
    private readonly limits: EventLimits,
    private readonly take: (message: JsonObject) => void,
  ) {
    this.parser = createParser({
      maxBufferSize: limits.length,
      onRetry: (ms) => (this.retryMs = ms),
      // Whoever sends nothing else keeps the gateway just as busy.
      onComment: () => this.count(),
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') throw new InvalidResult(upstream, 'an event of it is too long');
      },
      onEvent: ({ id, event, data }) => {
        if (id !== undefined) this.lastEventId = id;
        this.count();
        // An empty one only says where the stream stands.
        if (data !== '' && (event === undefined || event === 'message')) this.read(data);
      },
    });
  }

  /** @throws InvalidResult */
  feed(chunk: Buffer, flow: AnswerFlow): void {
    let text = this.decoder.write(chunk);
    if (this.isFirst && text !== '') {
      this.isFirst = false;
      if (text.startsWith('\ufeff')) text = text.slice(1);
    }
    this.parser.feed(text);
    if (this.sincePause < EVENTS_AT_ONCE) return;
    this.sincePause = 0;
    flow.pause();
    setImmediate(() => flow.resume());
  }

  private count(): void {
    this.sincePause++;
    if (++this.events > this.limits.events) {
      throw new InvalidResult(this.upstream, `it has more than ${this.limits.events} events`);
    }
  }

  private read(data: string): void {
    const value = readJson(data);
    // Before 2025-06-18 there may be several in one.
    const messages: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const message of messages) {
      if (!isObject(message)) throw new InvalidResult(this.upstream, 'an event of it is no message');
      this.take(message);
    }
  }
}
