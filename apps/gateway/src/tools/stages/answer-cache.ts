import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { LRUCache } from 'lru-cache';
import type { Config } from '#config/env.js';
import { canonicalJson, NotCanonical } from '#core/canonical-json.js';
import type { CallChannel } from '../call-channel.js';
import { isInputRequired, type Tool } from '../tool.js';
import { ToolStageMetrics } from '../tool-stages.metrics.js';
import { ToolTimeout } from '../tools.errors.js';
import { CallTime } from './call-time.js';
import type { Finished, Work } from './work.js';

const MOST_ENTRIES = 4_096;
/** An answer is kept as a value and as the JSON that is sent. */
const FORMS = 2;
/** The key and the bookkeeping of an entry. */
const ENTRY_BYTES = 256;
/** Arguments are nested less deeply: bodies are. */
const MOST_DEPTH = 128;

/** A call that is on its way for everybody who asked the same meanwhile. */
interface Flight {
  readonly answer: Promise<Finished>;
  readonly time: CallTime;
  readonly passengers: Set<Work>;
}

export interface Looked {
  readonly finished: Finished;
  readonly cached: boolean;
}

/** Remembers answers of the tools that say for how long; of equal calls at the same time one is made. */
@Injectable()
export class AnswerCache {
  private readonly answers: LRUCache<string, Finished>;
  private readonly flights = new Map<string, Flight>();

  constructor(
    config: ConfigService<Config, true>,
    private readonly metrics: ToolStageMetrics,
  ) {
    const maxSize = config.get('TOOL_CACHE_BYTES', { infer: true });
    this.answers = new LRUCache({
      max: MOST_ENTRIES,
      maxSize,
      // Nobody pushes everybody else's answers out with one of his.
      maxEntrySize: Math.ceil(maxSize / 8),
      sizeCalculation: ({ bytes }) => bytes * FORMS + ENTRY_BYTES,
    });
    metrics.cachedBytes = () => this.answers.calculatedSize;
  }

  /** The remembered answer, or what `carry` brings, alone or together with equal calls. */
  async answer(work: Work, carry: (work: Work) => Promise<Finished>): Promise<Looked> {
    const key = keyOf(work);
    if (key === undefined) return { finished: await carry(work), cached: false };
    const remembered = this.answers.get(key);
    if (remembered) {
      this.metrics.cache.inc({ result: 'hit' });
      return { finished: remembered, cached: true };
    }
    let flight = this.flights.get(key);
    this.metrics.cache.inc({ result: flight ? 'shared' : 'miss' });
    flight ??= this.depart(key, work, carry);
    return { finished: await this.board(key, flight, work), cached: false };
  }

  /** A flight has its tool's whole time, and nobody's alone: who came first may leave first. */
  private depart(key: string, work: Work, carry: (work: Work) => Promise<Finished>): Flight {
    const { tool } = work;
    const time = new CallTime(tool.timeoutMs, () => new ToolTimeout(tool.definition.name, tool.timeoutMs));
    const passengers = new Set<Work>();
    const flight = { time, passengers, answer: carry({ ...work, time, channel: channelOf(passengers) }) };
    this.flights.set(key, flight);
    flight.answer.then(
      (finished) => {
        this.land(key, flight);
        if (isKept(finished)) this.answers.set(key, finished, { ttl: tool.cacheSeconds * 1_000 });
      },
      () => this.land(key, flight),
    );
    return flight;
  }

  private async board(key: string, flight: Flight, work: Work): Promise<Finished> {
    flight.passengers.add(work);
    try {
      return await work.time.during(() => flight.answer);
    } finally {
      flight.passengers.delete(work);
      // Whoever asks after the last one has left begins anew.
      if (flight.passengers.size === 0 && this.land(key, flight)) flight.time.cancel();
    }
  }

  /** @returns false when it had landed already */
  private land(key: string, flight: Flight): boolean {
    flight.time.end();
    return this.flights.get(key) === flight && this.flights.delete(key);
  }
}

/** What a call tells on its way is told to everybody on it. Nobody can be asked for anything: the answer is all theirs. */
const channelOf = (passengers: ReadonlySet<Work>): CallChannel => ({
  capabilities: {},
  progress: (...told) => passengers.forEach(({ channel }) => channel.progress(...told)),
  log: (...told) => passengers.forEach(({ channel }) => channel.log(...told)),
});

const isKept = ({ answer }: Finished): boolean => !isInputRequired(answer) && answer.isError !== true;

/** True for a tool whose answers are remembered. A further round of a call is none that another one asks for. */
export const isRemembered = ({ cacheSeconds }: Tool, { inputResponses, requestState }: CallChannel): boolean =>
  cacheSeconds > 0 && inputResponses === undefined && requestState === undefined;

function keyOf({ tool, caller, arguments: args }: Work): string | undefined {
  try {
    return hash('sha256', canonicalJson([caller.tenant, tool.definition.name, tool.revision, args], MOST_DEPTH));
  } catch (error) {
    if (error instanceof NotCanonical) return undefined;
    throw error;
  }
}
