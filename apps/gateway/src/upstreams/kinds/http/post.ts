import type { AnswerFlow, AnswerReader, EgressAnswer, EgressOrigin, EgressRequest } from '#egress/egress-client.js';
import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import { InvalidResult } from '#gateway/tools/tools.errors.js';
import { type EventLimits, EventReader } from './event-reader.js';
import { readJson, repliesTo, type RpcReply } from './messages.js';

/** Far more than any tool may pass on: what is longer is not read to its end. */
export const MAX_ANSWER_BYTES = 16 * 1_024 * 1_024;
const CALL_LIMITS: EventLimits = { events: 100_000, length: MAX_ANSWER_BYTES };

/** How long a stream may stay open behind its answer, before it costs its connection. */
const LINGER_MS = 50;

/** One request on its way. */
export interface Posting {
  readonly upstream: string;
  readonly origin: EgressOrigin;
  readonly request: EgressRequest;
  /** Of JSON-RPC. */
  readonly id: number;
  /** Told what comes beside the answer. @param fail gives the request up, which then fails with the error */
  readonly hear: (message: JsonObject, fail: (error: Error) => void) => void;
}

/** What became of it, once an answer began. */
export interface Posted {
  readonly status: number;
  readonly headers: EgressAnswer['headers'];
  /** The answer to the request; undefined where none came. */
  readonly reply?: RpcReply;
  /** Of what is no success, as it came. */
  readonly body?: Buffer;
  /** Of a stream that ended before the answer. */
  readonly cut?: StreamCut;
}

/** Where a stream ended, and how. */
export interface StreamCut {
  readonly lastEventId: string | undefined;
  readonly retryMs: number | undefined;
  /** Undefined: it ended well. */
  readonly error?: unknown;
}

/**
 * Sends one request and waits for its answer, whether it is JSON or comes in a stream.
 * @throws InvalidResult, or what the origin throws
 */
export function post({ upstream, origin, request, id, hear }: Posting): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const reader = new ReplyReader(upstream, id, (message) => hear(message, fail), resolve);
    const fail = (error: Error) => {
      reject(error);
      reader.stop();
    };
    origin.request(request, reader).then(
      (answer) => {
        try {
          reader.ended(answer);
        } catch (error) {
          reject(error as Error);
        }
      },
      (error: Error) => (reader.broke(error) ? undefined : reject(error)),
    );
  });
}

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);

export const isEventStream = (headers: EgressAnswer['headers']): boolean =>
  first(headers['content-type'])?.trimStart().toLowerCase().startsWith('text/event-stream') ?? false;

/** Nothing is ever inflated: it was asked for as it is. */
export const isCompressed = (headers: EgressAnswer['headers']): boolean => {
  const encoding = headers['content-encoding'];
  return encoding !== undefined && first(encoding)!.trim().toLowerCase() !== 'identity';
};

class ReplyReader implements AnswerReader {
  private status = 0;
  private headers: EgressAnswer['headers'] = {};
  private flow: AnswerFlow | undefined;
  private events: EventReader | undefined;
  private isAnswered = false;

  constructor(
    private readonly upstream: string,
    private readonly id: number,
    private readonly hear: (message: JsonObject) => void,
    private readonly resolve: (posted: Posted) => void,
  ) {}

  begins(status: number, headers: EgressAnswer['headers'], flow: AnswerFlow): boolean {
    if (status < 200 || status > 299) return false;
    if (isCompressed(headers)) throw new InvalidResult(this.upstream, 'it is compressed, which nobody asked for');
    if (!isEventStream(headers)) return false;
    this.status = status;
    this.headers = headers;
    this.flow = flow;
    this.events = new EventReader(this.upstream, CALL_LIMITS, (message) => this.take(message));
    return true;
  }

  read(chunk: Buffer): void {
    if (this.isAnswered) this.flow!.end();
    else this.events!.feed(chunk, this.flow!);
  }

  stop(): void {
    this.isAnswered = true;
    this.flow?.end();
  }

  /** The exchange ended well. @throws InvalidResult */
  ended({ status, headers, body }: EgressAnswer): void {
    if (this.isAnswered) return;
    if (this.events) this.resolve({ status, headers, cut: this.cut() });
    else if (status < 200 || status > 299) this.resolve({ status, headers, body });
    else if (body.length === 0) this.resolve({ status, headers });
    else this.resolve({ status, headers, reply: this.replyIn(body) });
  }

  /** The exchange failed. @returns true where there is something to go on with */
  broke(error: Error): boolean {
    if (this.isAnswered) return true;
    // What cannot be used cannot be used the second time either.
    if (!this.events || error instanceof InvalidResult || !('code' in error)) return false;
    this.resolve({ status: this.status, headers: this.headers, cut: this.cut(error) });
    return true;
  }

  private cut(error?: unknown): StreamCut {
    const { lastEventId, retryMs } = this.events!;
    return { lastEventId, retryMs, ...(error !== undefined && { error }) };
  }

  private take(message: JsonObject): void {
    if (this.isAnswered) return;
    if (!repliesTo(message, this.id)) return this.hear(message);
    this.isAnswered = true;
    this.resolve({ status: this.status, headers: this.headers, reply: message as unknown as RpcReply });
    // The end is on its way, and then the connection is free for another. Who lets us wait loses it.
    setTimeout(() => this.flow!.end(), LINGER_MS).unref();
  }

  private replyIn(body: Buffer): RpcReply {
    const value = readJson(body.toString(), body);
    if (value === undefined) throw new InvalidResult(this.upstream, 'it is no JSON');
    const messages: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const message of messages) {
      if (!isObject(message)) throw new InvalidResult(this.upstream, 'it is no message');
      if (repliesTo(message, this.id)) return message as unknown as RpcReply;
    }
    throw new InvalidResult(this.upstream, 'it answers another request');
  }
}
