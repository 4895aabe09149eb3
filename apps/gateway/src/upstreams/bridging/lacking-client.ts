import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import { MissingClientCapability, UpstreamRpcError } from '#gateway/tools/tools.errors.js';

const MISSING_CLIENT_CAPABILITY = -32_021;

/**
 * An upstream with a handshake cannot know what the one client can do that calls it just now. Where it asked for more,
 * and failed, what the client lacks is the reason.
 */
export function lackInAnswer(lacked: ReadonlySet<string>, answer: JsonObject): Error | undefined {
  return lacked.size > 0 && answer['isError'] === true ? new MissingClientCapability([...lacked]) : undefined;
}

export function lackInError(lacked: ReadonlySet<string>, error: unknown): Error | undefined {
  if (lacked.size > 0 && error instanceof UpstreamRpcError) return new MissingClientCapability([...lacked]);
  return lackOfClient(error);
}

/** What an upstream of 2026-07-28 says that its client lacks, ours lacks: it was told no more than ours can do. */
function lackOfClient(error: unknown): Error | undefined {
  if (!(error instanceof UpstreamRpcError) || error.details.members?.['rpc_code'] !== MISSING_CLIENT_CAPABILITY) {
    return undefined;
  }
  const required = requiredIn(error.details.members['data']);
  return required.length > 0 ? new MissingClientCapability(required) : undefined;
}

/** As `sampling`, `elicitation.url`. */
function requiredIn(data: unknown): string[] {
  try {
    const { requiredCapabilities } = JSON.parse(String(data)) as { requiredCapabilities?: unknown };
    if (!isObject(requiredCapabilities)) return [];
    return Object.entries(requiredCapabilities).flatMap(([name, parts]) => {
      const named = isObject(parts) ? Object.keys(parts).map((part) => `${name}.${part}`) : [];
      return named.length > 0 ? named : [name];
    });
  } catch {
    return [];
  }
}
