import { setTimeout as delay } from 'node:timers/promises';
import type { EgressOrigin, EgressRequest } from '#egress/egress-client.js';
import { AppError } from '#errors/app-error.js';
import type { InputRequest, JsonObject } from '#gateway/tools/tool.js';
import type { UpstreamRequest } from '../../upstream-connection.js';
import type { LegacySession } from './legacy-session.js';
import { callIn, type RpcCall } from './messages.js';
import { failureOf, faultIn, refusal, resultOf, rpcError } from './outcome.js';
import { MAX_ANSWER_BYTES, post, type Posted } from './post.js';
import { tellCaller } from './told.js';

/** What a client is asked for. */
const ASKED: ReadonlySet<string> = new Set(['elicitation/create', 'sampling/createMessage', 'roots/list']);
/** How often one call may ask. */
const MOST_ASKED = 64;

const METHOD_NOT_FOUND = -32_601;
const INTERNAL_ERROR = -32_603;
const UNSUPPORTED_VERSION = -32_022;

/** How often in a row a stream is taken up again that brings nothing. */
const MOST_RESUMED = 5;
const RESUME_MS = 1_000;
const MOST_RESUME_MS = 30_000;

/** The upstream has forgotten the session. The request was not carried out. */
export class SessionLost extends Error {
  constructor(override readonly cause: Error) {
    super('the upstream has forgotten the session');
  }
}

/** It speaks no revision with a handshake any more. The request was not carried out. */
export class NotLegacy extends Error {
  constructor(override readonly cause: Error) {
    super('the upstream speaks no revision with a handshake');
  }
}

/** One request in a session: its answer, and everything that the upstream tells and asks meanwhile. */
export class LegacyCall {
  private readonly id: number;
  private asked = 0;
  /** Of the POST or GET that is listened to. */
  private fail: (error: Error) => void = () => undefined;

  constructor(
    private readonly session: LegacySession,
    private readonly request: Pick<UpstreamRequest, 'method' | 'params' | 'signal' | 'channel' | 'ask'>,
  ) {
    this.id = session.wire.nextId();
  }

  /** @throws SessionLost, NotLegacy, and what `request` of a connection throws */
  async run(): Promise<JsonObject> {
    const { session, request } = this;
    const { signal, channel } = request;
    const { upstream } = session.wire;
    const takeBack = () => this.cancel();
    if (channel.logLevel !== undefined) await session.wantLogs(channel.logLevel, signal);
    session.busy++;
    signal.addEventListener('abort', takeBack, { once: true });
    try {
      const posted = await this.resumed(await this.send());
      this.judge(posted);
      return resultOf(posted, upstream, session.endpoint.hide);
    } catch (error) {
      throw error instanceof SessionLost || error instanceof NotLegacy ? error : failureOf(error, upstream, signal);
    } finally {
      signal.removeEventListener('abort', takeBack);
      session.busy--;
    }
  }

  private send(): Promise<Posted> {
    const { session, id, request } = this;
    const { method, params, signal, channel } = request;
    const own = channel.wantsProgress === false ? params : { ...params, _meta: { progressToken: id } };
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params: own });
    const { wire, endpoint } = session;
    return this.posted({ method: 'POST', path: endpoint.path, headers: session.headers(), body, signal }, wire.calls);
  }

  private posted(request: Omit<EgressRequest, 'maxBytes'>, origin: EgressOrigin): Promise<Posted> {
    return post({
      upstream: this.session.wire.upstream,
      origin,
      id: this.id,
      request: { ...request, maxBytes: MAX_ANSWER_BYTES },
      hear: (message, fail) => {
        this.fail = fail;
        this.hear(message);
      },
    });
  }

  /**
   * Takes a stream up again that ended before the answer, where it says from where: the request itself is never
   * repeated. @returns the last that was heard, whether that is an answer or not
   */
  private async resumed(posted: Posted): Promise<Posted> {
    let last = posted;
    for (let inVain = 0; last.cut?.lastEventId !== undefined && inVain < MOST_RESUMED; inVain++) {
      const { cut } = last;
      await delay(Math.min(cut.retryMs ?? RESUME_MS, MOST_RESUME_MS), undefined, { signal: this.request.signal });
      const next = await this.rest(cut.lastEventId!);
      if (!next || next.status > 499) continue;
      // It gives no stream a second time.
      if (next.status > 299) break;
      if (!next.cut) return next;
      if (next.cut.lastEventId !== undefined) inVain = -1;
      last = { ...next, cut: { ...next.cut, lastEventId: next.cut.lastEventId ?? cut.lastEventId } };
    }
    return last;
  }

  /** @returns undefined where the upstream cannot be reached */
  private async rest(lastEventId: string): Promise<Posted | undefined> {
    const { session, request } = this;
    const headers = { ...session.headers(), accept: 'text/event-stream', 'last-event-id': lastEventId };
    const { signal } = request;
    try {
      return await this.posted({ method: 'GET', path: session.endpoint.path, headers, signal }, session.wire.aside);
    } catch (error) {
      if (signal.aborted || error instanceof AppError) throw error;
      return undefined;
    }
  }

  /** A server that has lost a session says 404; many, made after an old example, say 400. */
  private judge(posted: Posted): void {
    if (posted.status !== 404 && posted.status !== 400) return;
    const fault = faultIn(posted);
    if (fault?.code === UNSUPPORTED_VERSION) {
      const { wire, endpoint } = this.session;
      throw new NotLegacy(rpcError(wire.upstream, fault, endpoint.hide));
    }
    if (this.session.state.id === undefined) return;
    const isLost = posted.status === 404 ? fault?.code !== METHOD_NOT_FOUND : /session/i.test(fault?.message ?? '');
    if (isLost) throw new SessionLost(refusal(posted, this.session.wire.upstream));
  }

  private hear(message: JsonObject): void {
    const told = callIn(message);
    if (!told) return;
    if (told.id !== undefined) void this.answer(told);
    else if (told.method === 'notifications/elicitation/complete') this.completed(told);
    else tellCaller(told, this.request.channel, this.id);
  }

  private completed({ params }: RpcCall): void {
    const { elicitationId: id } = params;
    if (typeof id === 'string') this.request.channel.completed?.(id);
  }

  /** What the upstream asks is answered by a POST of its own. */
  private async answer({ id, method, params }: RpcCall): Promise<void> {
    const answer = await this.answerTo(method, params);
    if (this.request.signal.aborted) return;
    const { session } = this;
    try {
      const status = await session.tell({ id, ...answer });
      if (status > 299) throw refusal({ status, headers: {} }, session.wire.upstream);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private async answerTo(method: string, params: JsonObject): Promise<object> {
    if (method === 'ping') return { result: {} };
    if (!ASKED.has(method)) return failed(METHOD_NOT_FOUND, `There is no ${method.slice(0, 64)} here.`);
    const { ask } = this.request;
    if (!ask || ++this.asked > MOST_ASKED) return failed(INTERNAL_ERROR, 'Nobody can be asked.');
    try {
      return { result: await ask({ method, params } as InputRequest) };
    } catch (error) {
      const { code } = error as { code?: unknown };
      return failed(Number.isSafeInteger(code) ? (code as number) : INTERNAL_ERROR, (error as Error).message);
    }
  }

  private cancel(): void {
    // Who keeps no session cannot know what is meant.
    if (this.session.state.id === undefined) return;
    const params = { requestId: this.id, reason: 'Nobody waits for it any more.' };
    this.session.tell({ method: 'notifications/cancelled', params }).catch(() => undefined);
  }
}

const failed = (code: number, message: string) => ({ error: { code, message } });
