import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { PubSub } from '#redis/pub-sub.js';
import { CallCancelled } from '#gateway/tools/tools.errors.js';
import { CallNotWaiting } from './bridging.errors.js';
import { unpackError } from './packed-errors.js';
import type { Attendance, LegAnswer } from './parked-call.js';
import { ParkedCallsMetrics } from './parked-calls.metrics.js';
import {
  type Arrival,
  BEAT_MS,
  type CallAddress,
  ownersChannel,
  SILENCE_MS,
  type ToOwner,
  type ToVisitor,
  visitorsChannel,
} from './visit-messages.js';

type Hear = (message: ToVisitor) => void;

/**
 * A client may come back to any replica: from there its answers go to the process that has the call, and what the call
 * says comes back. A process that is silent has gone, and nobody makes its call a second time.
 */
@Injectable()
export class Visits {
  private readonly open = new Map<string, Hear>();

  constructor(
    private readonly metrics: ParkedCallsMetrics,
    @Optional() @Inject(PubSub) private readonly others: PubSub | undefined,
  ) {
    others?.subscribe(visitorsChannel(others.process), (text) => {
      const message = JSON.parse(text) as ToVisitor;
      this.open.get(message.visit)?.(message);
    });
  }

  /** False where there is nobody else. */
  get possible(): boolean {
    return this.others !== undefined;
  }

  /** @throws CallNotWaiting where the owner has gone, and what the call rejects with */
  async visit(owner: string, address: CallAddress, { channel, signal }: Attendance): Promise<LegAnswer> {
    const { capabilities, inputResponses, inputRefusals } = channel;
    const arrival: Arrival = {
      ...address,
      capabilities,
      ...(inputResponses && { inputResponses }),
      ...(inputRefusals && { inputRefusals }),
    };
    const own = { visit: randomUUID(), from: this.others!.process };
    const say = (message: ToOwner) => void this.others!.publish(ownersChannel(owner), JSON.stringify(message));
    const { promise, resolve, reject } = Promise.withResolvers<LegAnswer>();
    let heardOf = false;
    let lastWord = performance.now();
    this.open.set(own.visit, (message) => {
      heardOf = true;
      lastWord = performance.now();
      if (message.kind === 'progress') channel.progress(message.progress, message.total, message.message);
      else if (message.kind === 'log') channel.log(message.level, message.data, message.logger);
      else if (message.kind === 'answer') resolve(message.answer);
      else if (message.kind === 'fault') reject(unpackError(message.fault));
    });
    const beat = () => {
      if (performance.now() - lastWord > SILENCE_MS) reject(new CallNotWaiting());
      else say(heardOf ? { ...own, kind: 'stay' } : { ...own, kind: 'arrive', ...arrival });
    };
    const leave = () => reject(signal.reason instanceof Error ? signal.reason : new CallCancelled());
    const timer = setInterval(beat, BEAT_MS);
    signal.addEventListener('abort', leave);
    try {
      if (signal.aborted) leave();
      else beat();
      const answer = await promise;
      this.metrics.returned('elsewhere');
      return answer;
    } catch (error) {
      this.metrics.returned(error instanceof CallNotWaiting ? 'nowhere' : 'elsewhere');
      throw error;
    } finally {
      clearInterval(timer);
      signal.removeEventListener('abort', leave);
      this.open.delete(own.visit);
      say({ ...own, kind: 'go' });
    }
  }
}
