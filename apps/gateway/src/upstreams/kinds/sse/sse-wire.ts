import { StringDecoder } from 'node:string_decoder';
import { createParser } from 'eventsource-parser';
import type { AnswerFlow, AnswerReader, EgressAnswer, EgressOrigin } from '#egress/egress-client.js';
import { AppError } from '#errors/app-error.js';
import { scanJson, TOO_DEEP } from '#gateway/http/json-scan.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { UpstreamResponse } from '#gateway/tools/tools.errors.js';
import type { Wire } from '../dialogue/wire.js';

/** Characters of one event; a stream that says more in one is ended. */
const MOST_EVENT = 16 * 1_024 * 1_024;
const DEPTH = { depth: 256, keys: Infinity };
/** What the answer to a post, or a refusal, may say: nobody reads it. */
const MOST_ANSWER_BYTES = 1_024 * 1_024;
/** How long a post may take to be taken, and the stream to say where posts go. */
const POST_MS = 30_000;
const ENDPOINT_MS = 30_000;
/** Pieces of this size come from a server that says much: others have their turn between two of them. */
const MUCH_BYTES = 32 * 1_024;

/** How a message of `notifications/initialized` begins. */
const GREETING = '{"jsonrpc":"2.0","method":"notifications/initialized"';

/** Where a stream is, and what it is shown. */
export interface SseAddress {
  readonly upstream: string;
  /** With the credential's query. */
  readonly url: URL;
  readonly query: Readonly<Record<string, string>>;
  readonly origin: EgressOrigin;
  readonly headers: Readonly<Record<string, string>>;
}

/** HTTP+SSE of 2024-11-05: what the server says comes on one stream; what it is told is posted to an address it names. */
export class SseWire implements Wire {
  readonly ended: Promise<Error>;
  private readonly over = new AbortController();
  private readonly named = Promise.withResolvers<string>();
  private finish: (why: Error) => void = () => undefined;
  /** What must have arrived before anything else may. */
  private greeting = Promise.resolve();

  private constructor(
    private readonly address: SseAddress,
    private readonly hear: (message: unknown) => void,
  ) {
    this.ended = new Promise((resolve) => (this.finish = resolve));
    this.named.promise.catch(() => undefined);
    void this.read();
  }

  /** @throws UpstreamResponse, or what went wrong */
  static async open(address: SseAddress, hear: (message: unknown) => void, signal: AbortSignal): Promise<SseWire> {
    const wire = new SseWire(address, hear);
    const late = AbortSignal.any([signal, AbortSignal.timeout(ENDPOINT_MS)]);
    const onAbort = () => wire.abort(new Error('it does not say where messages go'));
    late.addEventListener('abort', onAbort);
    try {
      await wire.named.promise;
      return wire;
    } finally {
      late.removeEventListener('abort', onAbort);
    }
  }

  /** Posts overtake each other, which matters only to the one that says that the handshake is over. */
  send(text: string): Promise<void> {
    const sent = this.greeting.then(() => this.post(text));
    if (text.startsWith(GREETING)) this.greeting = sent.catch(() => undefined);
    return sent;
  }

  async close(): Promise<void> {
    this.abort(new Error('it is closed'));
    await this.ended;
  }

  status(): JsonObject {
    return {};
  }

  private async post(text: string): Promise<void> {
    const { origin, headers } = this.address;
    const { status } = await origin.request({
      method: 'POST',
      path: await this.named.promise,
      headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
      body: text,
      signal: AbortSignal.any([this.over.signal, AbortSignal.timeout(POST_MS)]),
      maxBytes: MOST_ANSWER_BYTES,
    });
    if (status >= 200 && status < 300) return;
    const refusal = new UpstreamResponse(this.address.upstream, status);
    // It does not know this conversation any more, or does not let us go on with it.
    if (status === 401 || status === 403 || status === 404 || status === 410) this.abort(refusal);
    throw refusal;
  }

  private async read(): Promise<void> {
    const { upstream, url, origin, headers } = this.address;
    let why: Error;
    try {
      const answer = await origin.request(
        {
          method: 'GET',
          path: url.pathname + url.search,
          headers: { ...headers, accept: 'text/event-stream' },
          signal: this.over.signal,
          // It has no end, so it has no length: each event has.
          maxBytes: Number.MAX_SAFE_INTEGER,
        },
        this.reader(),
      );
      why = answer.status === 200 ? new Error('the stream has ended') : new UpstreamResponse(upstream, answer.status);
    } catch (error) {
      why = error as Error;
    }
    this.named.reject(why);
    this.over.abort(why);
    this.finish(why);
  }

  private reader(): AnswerReader {
    const decoder = new StringDecoder();
    let flow: AnswerFlow | undefined;
    const parser = createParser({
      maxBufferSize: MOST_EVENT,
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') throw new Error('an event of it is too long');
      },
      onEvent: ({ event, data }) => {
        if (event === 'endpoint') this.postTo(data);
        else if (event === undefined || event === 'message') this.heard(data);
      },
    });
    return {
      begins: (status: number, headers: EgressAnswer['headers'], itsFlow: AnswerFlow) => {
        flow = itsFlow;
        if (status !== 200) {
          // Whatever it says about that may have no end.
          throw new UpstreamResponse(this.address.upstream, status);
        }
        if (!String(headers['content-type']).startsWith('text/event-stream')) throw new Error('it is no event stream');
        return true;
      },
      read: (chunk) => {
        parser.feed(decoder.write(chunk));
        if (chunk.length < MUCH_BYTES) return;
        flow?.pause();
        setImmediate(() => flow?.resume());
      },
    };
  }

  /** @throws when it would have its messages elsewhere: what it is shown is not for others */
  private postTo(data: string): void {
    const { url, query } = this.address;
    const given = data.trim();
    const target = URL.canParse(given, url) ? new URL(given, url) : undefined;
    if (target?.origin !== url.origin) throw new Error('it would have messages posted to another origin');
    for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
    this.named.resolve(target.pathname + target.search);
  }

  private heard(data: string): void {
    let message: unknown;
    try {
      if (data.length > DEPTH.depth && scanJson(Buffer.from(data), DEPTH) === TOO_DEEP) return;
      message = JSON.parse(data);
    } catch {
      return;
    }
    this.hear(message);
  }

  private abort(why: Error): void {
    this.over.abort(why instanceof AppError ? why : new Error(why.message));
  }
}
