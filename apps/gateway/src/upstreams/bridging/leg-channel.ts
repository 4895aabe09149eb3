import type { CallChannel, LogLevel } from '#gateway/tools/call-channel.js';
import type { JsonObject } from '#gateway/tools/tool.js';

/** What the client brought for an upstream that asks as 2026-07-28 does. */
export interface Brought {
  readonly inputResponses?: JsonObject;
  readonly requestState?: string;
}

/** The channel of an upstream's request: it tells whoever waits for it now, and nobody while nobody does. */
export class LegChannel implements CallChannel {
  readonly capabilities: JsonObject;
  readonly wantsProgress?: boolean;
  readonly logLevel: LogLevel | undefined;
  readonly inputResponses?: JsonObject;
  readonly requestState?: string;

  /** @param client the channel of the client's request that waits now */
  constructor(
    { capabilities, wantsProgress, logLevel }: CallChannel,
    { inputResponses, requestState }: Brought,
    private readonly client: () => CallChannel | undefined,
  ) {
    this.capabilities = capabilities;
    if (wantsProgress !== undefined) this.wantsProgress = wantsProgress;
    this.logLevel = logLevel;
    if (inputResponses) this.inputResponses = inputResponses;
    if (requestState !== undefined) this.requestState = requestState;
  }

  progress(progress: number, total?: number, message?: string): void {
    this.client()?.progress(progress, total, message);
  }

  log(level: LogLevel, data: unknown, logger?: string): void {
    this.client()?.log(level, data, logger);
  }

  completed(elicitationId: string): void {
    this.client()?.completed?.(elicitationId);
  }
}
