import { redactText } from '#observability/redact.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { UpstreamRpcError } from '#gateway/tools/tools.errors.js';

const MOST_CHARACTERS = 1_000;
/** Data of an error, as JSON; larger data are left out. */
const MOST_DATA = 8_192;

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const UNSEEN = /[\0-\x1f\x7f-\x9f\p{Cf}]+/gu;

/** What an upstream answered with a JSON-RPC error: its code, and its words without what looks like a secret, cut. */
export function rpcErrorOf(upstream: string, { code, message, data }: JsonObject): Error {
  const said = typeof message === 'string' ? message.toWellFormed().slice(0, 4 * MOST_CHARACTERS) : '';
  const text = redactText(said.replace(UNSEEN, ' ')).trim().slice(0, MOST_CHARACTERS) || 'an error without words';
  const number = Number.isSafeInteger(code) ? (code as number) : -32_603;
  const isSmall = data !== undefined && JSON.stringify(data).length <= MOST_DATA;
  return new UpstreamRpcError(upstream, number, text, ...(isSmall ? [data] : []));
}
