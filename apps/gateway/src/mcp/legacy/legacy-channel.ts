import { type CallChannel, LOG_LEVELS, type LogLevel } from '#gateway/tools/call-channel.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { notificationMessage } from '../json-rpc.js';
import type { Outlet } from './outlet.js';

/** What one call can tell its client: progress when it asked for it, and log messages from its session's level on. */
export class LegacyChannel implements CallChannel {
  inputResponses?: JsonObject;
  requestState?: string;
  private readonly progressToken: unknown;

  constructor(
    private readonly outlet: Outlet,
    readonly capabilities: JsonObject,
    params: JsonObject,
    private readonly level: LogLevel | undefined,
  ) {
    this.progressToken = (params['_meta'] as JsonObject | undefined)?.['progressToken'];
  }

  progress(progress: number, total?: number, message?: string): void {
    const { progressToken } = this;
    if (typeof progressToken !== 'string' && typeof progressToken !== 'number') return;
    this.outlet.tell(notificationMessage('notifications/progress', { progressToken, progress, total, message }));
  }

  log(level: LogLevel, data: unknown, logger?: string): void {
    if (this.level !== undefined && LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(this.level)) return;
    this.outlet.tell(notificationMessage('notifications/message', { level, logger, data }));
  }
}
