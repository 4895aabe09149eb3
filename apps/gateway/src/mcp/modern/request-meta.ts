import { LOG_LEVELS, type LogLevel } from '#gateway/tools/call-channel.js';
import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import { RPC, RpcError } from '../json-rpc.js';

export const MODERN_VERSION = '2026-07-28';

/** Revisions that are spoken without a handshake. */
export const MODERN_VERSIONS: readonly string[] = [MODERN_VERSION];

const PREFIX = 'io.modelcontextprotocol/';
const PROTOCOL_VERSION = `${PREFIX}protocolVersion`;
const CAPABILITIES = `${PREFIX}clientCapabilities`;
const CLIENT_INFO = `${PREFIX}clientInfo`;
const LOG_LEVEL = `${PREFIX}logLevel`;

/** What every request says of itself. */
export interface RequestMeta {
  readonly version: string;
  readonly capabilities: JsonObject;
  readonly client?: { readonly name: string; readonly version?: string };
  readonly logLevel?: LogLevel;
  readonly progressToken?: string | number;
}

const wrong = (message: string) => new RpcError(RPC.INVALID_PARAMS, message, 400);

/** The version that a request of this era names in its body; undefined for what is of another era, or nothing. */
export function versionIn(params: unknown): unknown {
  const meta = isObject(params) ? params['_meta'] : undefined;
  return isObject(meta) ? meta[PROTOCOL_VERSION] : undefined;
}

/** @throws RpcError, with status 400 */
export function readMeta({ _meta: meta }: JsonObject): RequestMeta {
  if (!isObject(meta)) throw wrong('params._meta is missing.');
  const version = meta[PROTOCOL_VERSION];
  if (typeof version !== 'string') throw wrong(`params._meta must name the ${PROTOCOL_VERSION}.`);
  const capabilities = meta[CAPABILITIES];
  if (!isObject(capabilities)) throw wrong(`params._meta must hold the ${CAPABILITIES}.`);
  const { progressToken } = meta;
  if (progressToken !== undefined && typeof progressToken !== 'string' && !Number.isSafeInteger(progressToken)) {
    throw wrong('params._meta.progressToken must be a string or an integer.');
  }
  const logLevel = meta[LOG_LEVEL];
  if (logLevel !== undefined && !LOG_LEVELS.includes(logLevel as LogLevel)) {
    throw wrong(`${LOG_LEVEL} must be one of ${LOG_LEVELS.join(', ')}.`);
  }
  const client = clientOf(meta[CLIENT_INFO]);
  return {
    version,
    capabilities,
    ...(client && { client }),
    ...(logLevel !== undefined && { logLevel: logLevel as LogLevel }),
    ...(progressToken !== undefined && { progressToken: progressToken as string | number }),
  };
}

/** It decides nothing, so it is not judged either. */
function clientOf(info: unknown): RequestMeta['client'] {
  if (!isObject(info) || typeof info['name'] !== 'string') return undefined;
  const { name, version } = info;
  return typeof version === 'string' ? { name, version } : { name };
}
