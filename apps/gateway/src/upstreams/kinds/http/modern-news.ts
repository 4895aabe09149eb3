import { SILENT } from '#gateway/tools/call-channel.js';
import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import type { UpstreamDescription } from '../../upstream-connection.js';
import { callIn, repliesTo } from './messages.js';
import type { ModernCalls } from './modern.js';
import { type NewsWanted, TellsNothing } from './news.js';
import { faultIn, refusal } from './outcome.js';
import { followStream, type StreamEnd } from './stream.js';
import { newsIn } from './told.js';
import type { Endpoint } from './wire.js';

/** Wishes that come together become one stream. */
const GATHER_MS = 50;
const METHOD_NOT_FOUND = -32_601;

/**
 * News of 2026-07-28: one `subscriptions/listen`, opened anew when other resources are wanted. The one before goes on
 * until the next one has begun, so that nothing is missed between them.
 * @returns true when another one is wanted @throws TellsNothing, or why it broke
 */
export async function followModern(
  modern: ModernCalls,
  endpoint: Endpoint,
  { capabilities }: UpstreamDescription,
  wanted: NewsWanted,
  signal: AbortSignal,
): Promise<boolean> {
  const { wire } = modern;
  const notifications = filterOf(capabilities, wanted.uris);
  if (Object.keys(notifications).length === 0) throw new TellsNothing();
  const request = { method: 'subscriptions/listen', params: { notifications }, channel: SILENT };
  const id = wire.nextId();
  const { headers, body } = modern.message(request, endpoint, id, {});
  const over = new AbortController();
  const opened = Promise.withResolvers<() => void>();
  const replaced = Promise.withResolvers<() => void>();
  wanted.onChange(() => {
    if (!tells(capabilities, 'resources', 'subscribe')) return;
    void opened.promise.then((end) => setTimeout(() => replaced.resolve(end), GATHER_MS).unref());
  }, over.signal);
  try {
    const followed = followStream({
      upstream: wire.upstream,
      origin: wire.aside,
      request: { method: 'POST', path: endpoint.path, headers, body, signal },
      onOpen: opened.resolve,
      take: (message) => {
        wanted.begun();
        // It ends with the answer to the request.
        if (repliesTo(message, id)) void opened.promise.then((close) => close());
        const told = callIn(message);
        const news = told && newsIn(told);
        if (news) wanted.hear(news);
      },
    });
    const end = await Promise.race([followed, replaced.promise]);
    if (typeof end === 'function') {
      followed.catch(() => undefined);
      wanted.untilBegun(end);
      return true;
    }
    if (!end.isStream) judge(end, wire.upstream);
    return false;
  } finally {
    over.abort();
  }
}

/** Only what the upstream says that it tells of: others may refuse the rest, or all of it. */
function filterOf(capabilities: JsonObject, uris: ReadonlySet<string>): JsonObject {
  return {
    ...(tells(capabilities, 'tools', 'listChanged') && { toolsListChanged: true }),
    ...(tells(capabilities, 'prompts', 'listChanged') && { promptsListChanged: true }),
    ...(tells(capabilities, 'resources', 'listChanged') && { resourcesListChanged: true }),
    ...(uris.size > 0 && tells(capabilities, 'resources', 'subscribe') && { resourceSubscriptions: [...uris] }),
  };
}

export const tells = (capabilities: JsonObject, of: string, what: string): boolean => {
  const capability = capabilities[of];
  return isObject(capability) && capability[what] === true;
};

function judge({ status, headers, body }: StreamEnd, upstream: string): never {
  const fault = faultIn({ status, headers, body });
  if (status === 404 || status === 405 || fault?.code === METHOD_NOT_FOUND) throw new TellsNothing();
  throw refusal({ status, headers }, upstream);
}
