import type { JsonObject } from '#gateway/tools/tool.js';
import type { LegacySession } from './legacy-session.js';
import { callIn } from './messages.js';
import { tells } from './modern-news.js';
import { type NewsWanted, TellsNothing } from './news.js';
import { refusal } from './outcome.js';
import { followStream } from './stream.js';
import { newsIn } from './told.js';

const METHOD_NOT_FOUND = -32_601;

/** The session of the stream was forgotten: the next one is opened in another. */
export class NewsSessionLost extends Error {}

/** Somebody listens in this session already: it has one stream. */
export class StreamTaken extends Error {}

/**
 * News of the revisions with a handshake: the session's own stream, and a subscription for each resource.
 * @param from the event after which it goes on, in the same session
 * @returns the last event that had an id @throws TellsNothing, NewsSessionLost, StreamTaken, or why it broke
 */
export async function followLegacy(
  session: LegacySession,
  from: string | undefined,
  wanted: NewsWanted,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { wire, endpoint } = session;
  const headers: Record<string, string> = { ...session.headers(), accept: 'text/event-stream' };
  if (from !== undefined) headers['last-event-id'] = from;
  const over = new AbortController();
  const subscriptions = new Subscriptions(session, wanted.uris, signal);
  session.busy++;
  try {
    const {
      isStream,
      status,
      headers: said,
      lastEventId,
    } = await followStream({
      upstream: wire.upstream,
      origin: wire.aside,
      request: { method: 'GET', path: endpoint.path, headers, signal },
      onOpen: () => {
        wanted.onChange(() => subscriptions.update(), over.signal);
        subscriptions.update();
      },
      take: (message) => hear(message, session, wanted),
    });
    if (isStream) return lastEventId ?? from;
    if (status === 404 && session.state.id !== undefined) throw new NewsSessionLost();
    if (status === 409) throw new StreamTaken();
    if (status >= 400 && status < 500 && status !== 401 && status !== 429) throw new TellsNothing();
    throw refusal({ status, headers: said }, wire.upstream);
  } finally {
    over.abort();
    session.busy--;
  }
}

/** On this stream nobody waits who could be asked. */
function hear(message: JsonObject, session: LegacySession, wanted: NewsWanted): void {
  const told = callIn(message);
  if (!told) return;
  const { id, method } = told;
  if (id === undefined) {
    const news = newsIn(told);
    if (news) wanted.hear(news);
    return;
  }
  const error = { code: METHOD_NOT_FOUND, message: 'Nobody can be asked outside of a call.' };
  session.tell({ id, ...(method === 'ping' ? { result: {} } : { error }) }).catch(() => undefined);
}

/** What the upstream was asked to tell of, in this session. */
class Subscriptions {
  private readonly asked = new Set<string>();
  /** One after the other: the last wish counts. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly session: LegacySession,
    private readonly uris: ReadonlySet<string>,
    private readonly signal: AbortSignal,
  ) {}

  update(): void {
    if (!tells(this.session.state.description.capabilities, 'resources', 'subscribe')) return;
    this.last = this.last.then(() => this.settle());
  }

  private async settle(): Promise<void> {
    const { asked, uris } = this;
    for (const uri of uris) if (!asked.has(uri)) await this.ask('resources/subscribe', uri, () => asked.add(uri));
    for (const uri of asked) if (!uris.has(uri)) await this.ask('resources/unsubscribe', uri, () => asked.delete(uri));
  }

  /** A resource that cannot be subscribed to is one that nothing is heard of. */
  private async ask(method: string, uri: string, done: () => void): Promise<void> {
    done();
    await this.session.ask(method, { uri }, this.signal).catch(() => undefined);
  }
}
