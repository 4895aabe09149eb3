import { type CallChannel, LOG_LEVELS, type LogLevel } from '#gateway/tools/call-channel.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { notificationMessage } from './json-rpc.js';

/** What a request says of how it wants to be told things. */
export interface ChannelTerms {
  readonly capabilities: JsonObject;
  /** Undefined: it does not want to hear of progress. */
  readonly progressToken?: string | number;
  /** The least severe message that it wants; undefined: none. */
  readonly logLevel?: LogLevel;
  readonly inputResponses?: JsonObject;
  readonly requestState?: string;
}

/** The channel of one call of MCP: what it is told becomes notifications before the answer. */
export class AnswerChannel implements CallChannel {
  readonly capabilities: JsonObject;
  readonly wantsProgress: boolean;
  readonly logLevel: LogLevel | undefined;
  inputResponses?: JsonObject;
  requestState?: string;
  private lastProgress = -Infinity;

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
}
