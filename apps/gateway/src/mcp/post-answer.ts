import type { FastifyReply } from 'fastify';
import { EventStream } from './event-stream.js';

/**
 * The answer to one POST: JSON, or a stream from the moment on that something has to be said before the answer. Most
 * calls say nothing before, and JSON costs a fraction.
 */
export class PostAnswer {
  private leaving: AbortController | undefined;
  private stream: EventStream | undefined;
  private done = false;
  private gone = false;

  constructor(
    private readonly reply: FastifyReply,
    private readonly stopping?: AbortSignal,
  ) {
    reply.raw.once('close', () => {
      if (this.done) return;
      this.gone = true;
      this.leaving?.abort();
    });
  }

  /** Aborted when the client leaves before the answer. */
  get left(): AbortSignal {
    if (!this.leaving) {
      this.leaving = new AbortController();
      if (this.gone) this.leaving.abort();
    }
    return this.leaving.signal;
  }

  /** True from the moment on that something was said before the answer. */
  get streaming(): boolean {
    return this.stream !== undefined;
  }

  /** Sends a notification, or a request to the client, before the answer. @param message a JSON-RPC message */
  tell(message: string, id?: string): void {
    if (this.done || this.gone) return;
    this.stream ??= new EventStream(this.reply, this.stopping);
    this.stream.send({ data: message, ...(id !== undefined && { id }) });
  }

  /** The answer itself. @param status of HTTP, which only JSON can still have */
  finish(status: number, message: string, id?: string): void {
    if (this.done || this.gone) return;
    this.done = true;
    if (this.stream) {
      this.stream.send({ data: message, ...(id !== undefined && { id }) });
      this.stream.end();
    } else {
      void this.reply.status(status).type('application/json').send(message);
    }
  }

  /** Ends it without an answer: there is none, or nobody waits for it any more. */
  finishSilently(): void {
    if (this.done) return;
    this.done = true;
    if (this.stream) this.stream.end();
    else void this.reply.status(202).send();
  }
}
