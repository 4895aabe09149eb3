import type { Caller } from '#core/caller.js';
import { principalOf } from '#core/principal.js';
import { beginCall } from '#observability/outgoing-call.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { UpstreamResponse, UpstreamRpcError } from '#gateway/tools/tools.errors.js';
import type { Credentials } from '../../credentials/credentials.js';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import type {
  UpstreamConnection,
  UpstreamDescription,
  UpstreamNews,
  UpstreamRequest,
} from '../../upstream-connection.js';
import { Backoff } from './backoff.js';
import { Conversation } from './conversation.js';
import { EraMemory } from './era-memory.js';
import { News } from './news.js';
import type { Outgoing } from './pending-requests.js';
import type { Places } from './places.js';
import { legacyMeta, modernMeta } from './request-meta.js';
import type { Talk, TalkTerms } from './talk.js';
import type { OpenWire } from './wire.js';

/** How one kind of upstream is spoken to. */
export interface DialogueParts {
  readonly spec: UpstreamSpec;
  readonly credentials: Credentials;
  readonly open: OpenWire;
  readonly era: 'auto' | 'modern' | 'legacy';
  /** Whether each principal has a conversation of its own; the gateway itself has one then, too. */
  readonly perPrincipal: boolean;
  readonly places: Places;
  readonly most: number;
  readonly idleMs: number;
  readonly tellsRoots: boolean;
  /** What else is to be known of it. */
  readonly about: () => JsonObject;
  readonly onClose: () => void;
}

/** The conversation that is everybody's; where each principal has one, the gateway's own. */
const COMMON = '';

/** An upstream that is spoken to in conversations, as many as `sessions` says, over whatever carries them. */
export class DialogueConnection implements UpstreamConnection {
  private readonly conversations = new Map<string, Conversation>();
  private readonly news = new News();
  private readonly starts = new Backoff();
  private readonly over = new AbortController();
  private readonly terms: TalkTerms;
  private again: NodeJS.Timeout | undefined;
  private known: UpstreamDescription | undefined;

  constructor(private readonly parts: DialogueParts) {
    const { spec, open, era, places, most, idleMs, tellsRoots } = parts;
    this.terms = {
      upstream: spec.name,
      open,
      eras: new EraMemory(era),
      places,
      most,
      idleMs,
      tellsRoots,
      news: (news: UpstreamNews) => this.news.heard(news),
    };
  }

  /** What one conversation has said of itself, the others would too. */
  async describe(caller: Caller | undefined, signal: AbortSignal): Promise<UpstreamDescription> {
    const running = [...this.conversations.values()].find((conversation) => conversation.running);
    return (running?.running ?? (await this.talk(caller, signal))).description;
  }

  async request(request: UpstreamRequest): Promise<JsonObject> {
    const { method, caller, signal } = request;
    return this.withTalk(caller, signal, async (talk) => {
      const outgoing = beginCall(method, this.parts.spec.name);
      try {
        const result = await talk.dialogue.request(messageOf(request, talk, outgoing.headers));
        outgoing.end(200);
        return result;
      } catch (error) {
        outgoing.end();
        throw error;
      }
    });
  }

  listen(hear: (news: UpstreamNews) => void): () => void {
    return this.news.listen(hear);
  }

  subscribe(uri: string): () => void {
    // Whoever is to be told must be there to be told by.
    void this.talk(undefined, this.over.signal).catch(() => undefined);
    return this.news.subscribe(uri);
  }

  /** One that has been idle too long is well, as far as anybody knows, and is not woken up. */
  async ping(signal: AbortSignal): Promise<void> {
    const running = [...this.conversations.values()].find((conversation) => conversation.running)?.running;
    if (!running && this.known && this.starts.waitMs === 0 && !this.isLooping) return;
    const greet = async (talk: Talk) => {
      const isModern = talk.description.era === 'modern';
      const meta = (token: number) => (isModern ? modernMeta(undefined, token) : undefined);
      await talk.dialogue.request({ method: isModern ? 'server/discover' : 'ping', params: {}, signal, meta });
    };
    try {
      await (running ? greet(running) : this.withTalk(undefined, signal, greet));
    } catch (error) {
      // Whoever says no is there.
      if (!(error instanceof UpstreamRpcError) && !isRefusal(error)) throw error;
    }
  }

  status(): JsonObject {
    const { kind } = this.parts.spec;
    const told = [...this.conversations.values()].map((conversation) => conversation.status());
    return {
      kind,
      ...(this.known && { era: this.known.era, version: this.known.version }),
      crash_loop: this.isLooping,
      conversations: told,
      ...this.parts.about(),
    };
  }

  async close(): Promise<void> {
    this.over.abort(new Error('it is closed'));
    clearTimeout(this.again);
    this.news.close();
    this.parts.onClose();
    await Promise.all([...this.conversations.values()].map((conversation) => conversation.close()));
  }

  private get isLooping(): boolean {
    return [...this.conversations.values()].some((conversation) => conversation.isLooping);
  }

  private talk(caller: Caller | undefined, signal: AbortSignal): Promise<Talk> {
    return this.withTalk(caller, signal, (talk) => Promise.resolve(talk));
  }

  /** A credential that is refused is replaced once: what it was refused for has not been carried out. */
  private async withTalk<T>(
    caller: Caller | undefined,
    signal: AbortSignal,
    act: (talk: Talk) => Promise<T>,
  ): Promise<T> {
    const { spec, credentials, perPrincipal } = this.parts;
    const isOwn = perPrincipal || credentials.isPerCaller(spec);
    const key = isOwn && caller ? principalOf(caller) : COMMON;
    for (let isFirst = true; ; isFirst = false) {
      const credential = await credentials.of(spec, caller, signal);
      try {
        const talk = await this.conversationOf(key).talk(credential, signal);
        try {
          return await act(talk);
        } finally {
          talk.letGo();
        }
      } catch (error) {
        const isRefused = isFirst && isRefusal(error) && credentials.refused(spec, caller, credential);
        if (!isRefused) throw error;
      }
    }
  }

  private conversationOf(key: string): Conversation {
    let conversation = this.conversations.get(key);
    if (!conversation) {
      this.forgetEnded();
      const events = {
        begun: (talk: Talk) => this.begun(key, talk),
        lost: () => this.lost(key),
      };
      conversation = new Conversation(this.terms, this.starts, events);
      this.conversations.set(key, conversation);
    }
    return conversation;
  }

  /** So that there are never more of them than conversations that run, or wait until they may. */
  private forgetEnded(): void {
    for (const [key, conversation] of this.conversations) {
      if (conversation.isDone) this.conversations.delete(key);
    }
  }

  private begun(key: string, talk: Talk): void {
    this.known = talk.description;
    if (key === COMMON) this.news.begun(talk);
  }

  /** Whoever wants news does not wait for the next call. */
  private lost(key: string): void {
    if (key !== COMMON || !this.news.isWanted || this.over.signal.aborted) return;
    clearTimeout(this.again);
    this.again = setTimeout(() => void this.beginAgain(), this.conversationOf(key).waitMs + 1).unref();
  }

  private async beginAgain(): Promise<void> {
    try {
      await this.talk(undefined, this.over.signal);
    } catch {
      if (!this.over.signal.aborted) this.lost(COMMON);
    }
  }
}

/** The upstream does not know us, or not any more. */
const isRefusal = (error: unknown): boolean =>
  error instanceof UpstreamResponse && error.details.members?.['upstream_status'] === 401;

/** The request as it is said in this conversation's era. */
function messageOf(
  { method, params, signal, caller, channel, ask }: UpstreamRequest,
  { description }: Talk,
  { traceparent, tracestate }: Readonly<Record<string, string>>,
): Outgoing {
  const trace = { ...(traceparent && { traceparent }), ...(tracestate && { tracestate }) };
  const call = caller && { principal: principalOf(caller), channel, ask };
  if (description.era === 'legacy') {
    return { method, params, signal, call, meta: (token) => legacyMeta(call, token, trace) };
  }
  const { inputResponses, requestState } = channel;
  const again = { ...(inputResponses && { inputResponses }), ...(requestState !== undefined && { requestState }) };
  const meta = (token: number) => modernMeta(call, token, trace);
  return { method, params: { ...params, ...again }, signal, call, meta };
}

/** Who somebody is, whatever token it came with. */
