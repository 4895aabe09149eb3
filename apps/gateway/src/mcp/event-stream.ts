import type { FastifyReply } from 'fastify';

const KEEP_ALIVE_MS = 15_000;

/** A longer one would run at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A reader that lets this much wait is cut: what it missed it can ask for again. */
const MOST_UNREAD_BYTES = 4 * 1024 * 1024;

export interface ServerSentEvent {
  readonly data: string;
  readonly id?: string;
  readonly event?: string;
  /** Milliseconds after which a client that lost the stream should come back. */
  readonly retry?: number;
}

/** A `text/event-stream` answer: open until one side ends it. Kept alive with comments, which clients pass over. */
export class EventStream {
  private readonly timer: NodeJS.Timeout;
  private lifetime: NodeJS.Timeout | undefined;

  /** Sends the head. @param stopping aborted when the process ends: the stream then ends too */
  constructor(
    private readonly reply: FastifyReply,
    private readonly stopping?: AbortSignal,
  ) {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    raw.flushHeaders();
    this.timer = setInterval(() => this.write(': \n\n'), KEEP_ALIVE_MS).unref();
    raw.once('close', () => this.release());
    stopping?.addEventListener('abort', this.end);
  }

  get open(): boolean {
    return !this.reply.raw.writableEnded && !this.reply.raw.destroyed;
  }

  /** Whoever opened it may not be let in for ever: it ends, and the client may come back. */
  endAfter(ms: number): this {
    this.lifetime = setTimeout(this.end, Math.min(ms, LONGEST_TIMER_MS)).unref();
    return this;
  }

  /** Calls back once it has ended, whichever side ended it. */
  onClose(listener: () => void): void {
    this.reply.raw.once('close', listener);
  }

  send({ data, id, event, retry }: ServerSentEvent): void {
    let text = '';
    if (event !== undefined) text += `event: ${event}\n`;
    if (id !== undefined) text += `id: ${id}\n`;
    if (retry !== undefined) text += `retry: ${retry}\n`;
    // JSON holds no raw line break; a text that does is several lines to the reader.
    for (const line of data.split('\n')) text += `data: ${line}\n`;
    this.write(`${text}\n`);
  }

  readonly end = (): void => {
    this.release();
    if (this.open) this.reply.raw.end();
  };

  private write(text: string): void {
    const { raw } = this.reply;
    if (!this.open) return;
    raw.write(text);
    if (raw.writableLength > MOST_UNREAD_BYTES) raw.destroy();
  }

  private release(): void {
    clearTimeout(this.lifetime);
    clearInterval(this.timer);
    this.stopping?.removeEventListener('abort', this.end);
  }
}
