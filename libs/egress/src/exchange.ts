import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { beginCall, type OutgoingCall } from '#observability/outgoing-call.js';
import type { AnswerFlow, AnswerReader, EgressAnswer, EgressRequest } from './egress-client.js';
import { AnswerTooLarge } from './egress.errors.js';

const EMPTY = Buffer.alloc(0);

/**
 * One request and its answer, taken from the parser as it comes: no stream in between. It ends at once when the
 * request's signal is aborted, wherever it stands, and its connection is closed then.
 * @throws AnswerTooLarge, the signal's reason, or what undici says
 */
export function exchange(
  dispatcher: Dispatcher,
  origin: URL,
  request: EgressRequest,
  reader?: AnswerReader,
): Promise<EgressAnswer> {
  const { method, path, headers, body, signal, maxBytes, answerTimeoutMs } = request;
  if (signal?.aborted) return Promise.reject(signal.reason as Error);
  const call = request.call ?? beginCall(method, origin.host);
  return new Promise((resolve, reject) => {
    const handler = new Exchange(maxBytes, signal, call, resolve, reject);
    handler.heard = request.onData;
    handler.reader = reader;
    dispatcher.dispatch(
      {
        origin: origin.origin,
        method,
        path,
        body,
        headers: { ...headers, ...call.headers },
        headersTimeout: answerTimeoutMs,
        bodyTimeout: answerTimeoutMs,
      },
      handler,
    );
  });
}

class Exchange implements Dispatcher.DispatchHandler, AnswerFlow {
  heard: EgressRequest['onData'];
  reader: AnswerReader | undefined;
  private isRead = false;
  private controller: Dispatcher.DispatchController | undefined;
  private status = 0;
  private headers: IncomingHttpHeaders = {};
  private chunks: Buffer[] | undefined;
  private body: Buffer = EMPTY;
  private size = 0;
  private isOver = false;

  constructor(
    private readonly maxBytes: number,
    private readonly signal: AbortSignal | undefined,
    private readonly call: OutgoingCall,
    private readonly resolve: (answer: EgressAnswer) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    signal?.addEventListener('abort', this, { once: true });
  }

  /** Of the signal. */
  handleEvent(): void {
    this.fail(this.signal!.reason as Error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // It was given up while it waited for a connection: nothing of it is sent.
    if (this.isOver) controller.abort(new Error('given up'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
    if (Number(headers['content-length']) > this.maxBytes) this.fail(new AnswerTooLarge(status, this.maxBytes));
    else if (this.reader && !this.isOver) this.begin(this.reader);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isOver) return;
    this.size += chunk.length;
    if (this.size > this.maxBytes) return this.fail(new AnswerTooLarge(this.status, this.maxBytes));
    this.heard?.(chunk, this.headers);
    if (this.isRead) this.read(chunk);
    else this.collect(chunk);
  }

  pause(): void {
    this.controller?.pause();
  }

  resume(): void {
    // What is over has nothing to go on with.
    if (!this.isOver) this.controller?.resume();
  }

  end(): void {
    if (!this.finish()) return;
    this.call.end(this.status);
    this.resolve({ status: this.status, headers: this.headers, body: EMPTY });
    this.controller?.abort(new Error('read enough'));
  }

  private begin(reader: AnswerReader): void {
    try {
      this.isRead = reader.begins(this.status, this.headers, this);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private read(chunk: Buffer): void {
    try {
      this.reader!.read(chunk);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private collect(chunk: Buffer): void {
    if (this.size === chunk.length) this.body = chunk;
    else (this.chunks ??= [this.body]).push(chunk);
  }

  onResponseEnd(): void {
    if (!this.finish()) return;
    this.call.end(this.status);
    const body = this.chunks ? Buffer.concat(this.chunks, this.size) : this.body;
    this.resolve({ status: this.status, headers: this.headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.fail(error);
  }

  private fail(error: Error): void {
    if (!this.finish()) return;
    this.call.end();
    this.chunks = undefined;
    this.reject(error);
    this.controller?.abort(error);
  }

  /** True the first time: whatever comes afterwards is of no interest. */
  private finish(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.signal?.removeEventListener('abort', this);
    return true;
  }
}
