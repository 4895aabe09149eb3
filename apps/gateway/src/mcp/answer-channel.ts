import { type CallChannel, type InputRefusal, LOG_LEVELS, type LogLevel } from '#gateway/tools/call-channel.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { notificationMessage } from './json-rpc.js';

/** What a request says of how it wants to be told things. */
export interface ChannelTerms {
  readonly capabilities: JsonObject;
  /** Undefined: it does not want to hear of progress. */
  readonly progressToken?: string | number;
  /** The least severe message that it wants; undefined: none. */
  readonly logLevel?: LogLevel;
  /** True: it is told when what a person was sent to an address for is done. */
  readonly tellsCompletion?: boolean;
  /** True: all rounds of the call are made before its one answer, and somebody says when there are no more. */
  readonly oneAnswer?: boolean;
  readonly inputResponses?: JsonObject;
  readonly requestState?: string;
}

/** What the client said since the round before. */
export interface NextRound {
  readonly inputResponses: JsonObject;
  readonly inputRefusals: Readonly<Record<string, InputRefusal>>;
  readonly requestState: string | undefined;
}

/** The channel of one call of MCP: what it is told becomes notifications before the answer. */
export class AnswerChannel implements CallChannel {
  readonly capabilities: JsonObject;
  readonly wantsProgress: boolean;
  readonly logLevel: LogLevel | undefined;
  inputResponses?: JsonObject;
  requestState?: string;
  inputRefusals?: Readonly<Record<string, InputRefusal>>;
  private lastProgress = -Infinity;
  private ending: AbortController | undefined;
  private ended = false;

  /** @param tell sends one message of JSON-RPC */
  constructor(
    private readonly terms: ChannelTerms,
    private readonly tell: (message: string) => void,
  ) {
    this.capabilities = terms.capabilities;
    this.wantsProgress = terms.progressToken !== undefined;
    this.logLevel = terms.logLevel;
    if (terms.inputResponses) this.inputResponses = terms.inputResponses;
    if (terms.requestState !== undefined) this.requestState = terms.requestState;
  }

  progress(progress: number, total?: number, message?: string): void {
    const { progressToken } = this.terms;
    if (progressToken === undefined || !(progress > this.lastProgress)) return;
    this.lastProgress = progress;
    this.tell(notificationMessage('notifications/progress', { progressToken, progress, total, message }));
  }

  log(level: LogLevel, data: unknown, logger?: string): void {
    const { logLevel } = this.terms;
    if (logLevel === undefined || LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(logLevel)) return;
    this.tell(notificationMessage('notifications/message', { level, logger, data }));
  }

  completed(elicitationId: string): void {
    if (this.terms.tellsCompletion)
      this.tell(notificationMessage('notifications/elicitation/complete', { elicitationId }));
  }

  /** Aborted by `end`. A client of 2026-07-28 may come back or not: there it is not, and nobody has to wait for it. */
  get over(): AbortSignal | undefined {
    if (!this.terms.oneAnswer) return undefined;
    if (!this.ending) {
      this.ending = new AbortController();
      if (this.ended) this.ending.abort();
    }
    return this.ending.signal;
  }

  /** The same call is made again, with what the client said meanwhile. */
  nextRound({ inputResponses, inputRefusals, requestState }: NextRound): void {
    this.inputResponses = inputResponses;
    this.inputRefusals = inputRefusals;
    if (requestState === undefined) delete this.requestState;
    else this.requestState = requestState;
  }

  /** There will be no other round. */
  end(): void {
    this.ended = true;
    this.ending?.abort();
  }
}
