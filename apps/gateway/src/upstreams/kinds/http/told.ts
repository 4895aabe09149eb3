import { type CallChannel, LOG_LEVELS, type LogLevel } from '#gateway/tools/call-channel.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import type { UpstreamNews } from '../../upstream-connection.js';
import type { RpcCall } from './messages.js';

/** Tells the caller what its upstream tells of the call. What nobody here knows is passed over. @param token the call's own */
export function tellCaller({ method, params }: RpcCall, channel: CallChannel, token: number): void {
  if (method === 'notifications/progress') {
    const { progressToken, progress, total, message } = params;
    if (progressToken !== token || typeof progress !== 'number' || !Number.isFinite(progress)) return;
    channel.progress(progress, numberIn(total), typeof message === 'string' ? message : undefined);
  } else if (method === 'notifications/message') {
    const { level, data, logger } = params;
    if (!LOG_LEVELS.includes(level as LogLevel)) return;
    channel.log(level as LogLevel, data, typeof logger === 'string' ? logger : undefined);
  }
}

const numberIn = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);

const LISTS: Readonly<Record<string, 'tools' | 'prompts' | 'resources'>> = {
  'notifications/tools/list_changed': 'tools',
  'notifications/prompts/list_changed': 'prompts',
  'notifications/resources/list_changed': 'resources',
};

/** What a notification says has changed; undefined where it says nothing of the kind. */
export function newsIn({
  method,
  params,
}: {
  readonly method: string;
  readonly params: JsonObject;
}): UpstreamNews | undefined {
  const kind = LISTS[method];
  if (kind !== undefined) return { kind };
  const { uri } = params;
  return method === 'notifications/resources/updated' && typeof uri === 'string'
    ? { kind: 'resource', uri }
    : undefined;
}
