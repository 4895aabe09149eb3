import { Inject, Injectable, Optional } from '@nestjs/common';
import { type CallChannel, SILENT } from '#gateway/tools/call-channel.js';
import { PubSub } from '#redis/pub-sub.js';
import { CallNotWaiting } from './bridging.errors.js';
import { packError } from './packed-errors.js';
import {
  type Arrival,
  BEAT_MS,
  ownersChannel,
  SILENCE_MS,
  type ToOwner,
  type ToVisitor,
  visitorsChannel,
} from './visit-messages.js';
import { WaitingCalls } from './waiting-calls.js';

type Word = ToVisitor extends infer M ? (M extends ToVisitor ? Omit<M, 'visit'> : never) : never;

interface Visitor {
  lastWord: number;
  /** What became of the call; said again until the visitor goes. */
  end: Word | undefined;
  readonly left: AbortController;
  readonly say: (word: Word) => void;
}

/** The other end of `Visits`: clients that came back to other replicas, for calls that wait here. */
@Injectable()
export class Visitors {
  private readonly visitors = new Map<string, Visitor>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly calls: WaitingCalls,
    @Optional() @Inject(PubSub) private readonly others: PubSub | undefined,
  ) {
    others?.subscribe(ownersChannel(others.process), (text) => this.hear(JSON.parse(text) as ToOwner));
  }

  private hear(message: ToOwner): void {
    const { visit, from, kind } = message;
    let visitor = this.visitors.get(visit);
    if (kind === 'go') {
      this.visitors.delete(visit);
      visitor?.left.abort();
      return;
    }
    if (!visitor) {
      // Where the beginning was missed, the visitor gives up by itself.
      if (kind !== 'arrive') return;
      this.visitors.set(visit, (visitor = this.admit(visit, from)));
      void this.attend(message, visitor);
    }
    visitor.lastWord = performance.now();
    visitor.say(visitor.end ?? { kind: 'heard' });
  }

  private admit(visit: string, from: string): Visitor {
    this.timer ??= setInterval(() => this.sweep(), BEAT_MS).unref();
    const say = (word: Word) =>
      void this.others!.publish(visitorsChannel(from), JSON.stringify({ ...word, visit } as ToVisitor));
    return { lastWord: 0, end: undefined, left: new AbortController(), say };
  }

  private async attend(arrival: Arrival, visitor: Visitor): Promise<void> {
    try {
      const call = this.calls.find(arrival.call, arrival.upstream, arrival.principal);
      if (!call) throw new CallNotWaiting();
      const channel = channelOf(arrival, visitor);
      visitor.end = { kind: 'answer', answer: await call.attend({ channel, signal: visitor.left.signal }) };
    } catch (error) {
      visitor.end = { kind: 'fault', fault: packError(error) };
    }
    visitor.say(visitor.end);
  }

  /** A client whose replica has died has left. */
  private sweep(): void {
    const silent = performance.now() - SILENCE_MS;
    for (const [visit, { lastWord, left }] of this.visitors) {
      if (lastWord > silent) continue;
      this.visitors.delete(visit);
      left.abort();
    }
    if (this.visitors.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

function channelOf({ capabilities, inputResponses, inputRefusals }: Arrival, { say }: Visitor): CallChannel {
  return {
    ...SILENT,
    capabilities,
    ...(inputResponses && { inputResponses }),
    ...(inputRefusals && { inputRefusals }),
    progress: (progress, total, message) =>
      say({
        kind: 'progress',
        progress,
        ...(total !== undefined && { total }),
        ...(message !== undefined && { message }),
      }),
    log: (level, data, logger) => say({ kind: 'log', level, data, ...(logger !== undefined && { logger }) }),
  };
}
