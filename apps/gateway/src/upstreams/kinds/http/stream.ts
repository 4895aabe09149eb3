import type { AnswerFlow, AnswerReader, EgressAnswer, EgressOrigin, EgressRequest } from '#egress/egress-client.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { InvalidResult } from '#gateway/tools/tools.errors.js';
import { EventReader } from './event-reader.js';
import { isCompressed, isEventStream } from './post.js';

/** A stream of news may live for days; none of its events is long. */
const LIMITS = { events: Infinity, length: 1_024 * 1_024 };
/** Of a refusal. */
const MOST_BYTES = 65_536;

/** A stream of messages that answers nothing: it lasts until either side ends it. */
export interface MessageStream {
  readonly upstream: string;
  readonly origin: EgressOrigin;
  readonly request: Omit<EgressRequest, 'maxBytes'>;
  /** The stream has begun. @param end ends it well */
  readonly onOpen: (end: () => void) => void;
  readonly take: (message: JsonObject) => void;
}

/** How a stream ended, or what came in its place. */
export interface StreamEnd {
  /** False: it was something else. */
  readonly isStream: boolean;
  readonly status: number;
  readonly headers: EgressAnswer['headers'];
  /** The beginning of what was no stream. */
  readonly body: Buffer;
  readonly lastEventId: string | undefined;
}

/** @throws InvalidResult, or what the origin throws */
export async function followStream(stream: MessageStream): Promise<StreamEnd> {
  const reader = new StreamReader(stream);
  const { status, headers } = await stream.origin.request({ ...stream.request, maxBytes: Infinity }, reader);
  return { isStream: reader.isStream, status, headers, body: reader.body, lastEventId: reader.events.lastEventId };
}

class StreamReader implements AnswerReader {
  isStream = false;
  body = Buffer.alloc(0);
  readonly events: EventReader;
  private flow!: AnswerFlow;

  constructor(private readonly stream: MessageStream) {
    this.events = new EventReader(stream.upstream, LIMITS, stream.take);
  }

  begins(status: number, headers: EgressAnswer['headers'], flow: AnswerFlow): boolean {
    this.flow = flow;
    this.isStream = status === 200 && isEventStream(headers);
    if (!this.isStream) return true;
    if (isCompressed(headers)) throw new InvalidResult(this.stream.upstream, 'it is compressed');
    this.stream.onOpen(() => flow.end());
    return true;
  }

  read(chunk: Buffer): void {
    if (this.isStream) return this.events.feed(chunk, this.flow);
    this.body = Buffer.concat([this.body, chunk]);
    if (this.body.length > MOST_BYTES) this.flow.end();
  }
}
