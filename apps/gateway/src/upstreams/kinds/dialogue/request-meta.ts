import type { JsonObject } from '#gateway/tools/tool.js';
import { VERSION } from '#gateway/health/version.js';
import type { Outgoing } from './pending-requests.js';

export const MODERN_VERSION = '2026-07-28';

/** Who asks. */
export const CLIENT_INFO = Object.freeze({ name: 'achilles-gateway', title: 'Achilles Gateway', version: VERSION });

const key = (name: string) => `io.modelcontextprotocol/${name}`;

/** `_meta` of a request of 2026-07-28. Our client's capabilities are those of whoever calls. */
export function modernMeta(call: Outgoing['call'], token: number, trace: JsonObject = {}): JsonObject {
  const { logLevel, wantsProgress } = call?.channel ?? { wantsProgress: false };
  return {
    [key('protocolVersion')]: MODERN_VERSION,
    [key('clientCapabilities')]: call?.channel.capabilities ?? {},
    [key('clientInfo')]: CLIENT_INFO,
    ...(logLevel !== undefined && { [key('logLevel')]: logLevel }),
    ...(wantsProgress !== false && { progressToken: token }),
    ...trace,
  };
}

/** `_meta` of a request of the revisions with a handshake. */
export function legacyMeta(call: Outgoing['call'], token: number, trace: JsonObject = {}): JsonObject | undefined {
  const wantsProgress = call && call.channel.wantsProgress !== false;
  const meta = { ...(wantsProgress && { progressToken: token }), ...trace };
  return Object.keys(meta).length > 0 ? meta : undefined;
}
