import { AppError } from '#errors/app-error.js';
import { LOG_LEVELS, type LogLevel } from '#gateway/tools/call-channel.js';
import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import { BackendUnavailable, InvalidResult } from '#gateway/tools/tools.errors.js';
import type { UpstreamNews } from '../../upstream-connection.js';
import { Allowance } from './allowance.js';
import { rpcErrorOf } from './rpc-error-of.js';
import { type Outgoing, type Pending, PendingRequests } from './pending-requests.js';
import { ServerRequests } from './server-requests.js';
import type { Wire } from './wire.js';

/** Progress and log messages that one call may be told: 200 at once, then 100 a second. */
const BURST = 200;
const PER_SECOND = 100;

/** Messages that one array may hold. */
const MOST_IN_BATCH = 1_000;

/** What lists have changed, by the notification that says so. */
const LISTS: Readonly<Record<string, UpstreamNews>> = {
  'notifications/tools/list_changed': { kind: 'tools' },
  'notifications/prompts/list_changed': { kind: 'prompts' },
  'notifications/resources/list_changed': { kind: 'resources' },
};

/** What is to be known to speak with one upstream. */
export interface DialogueTerms {
  readonly upstream: string;
  /** False: what it asks about roots is answered with none. */
  readonly tellsRoots: boolean;
  readonly news: (news: UpstreamNews) => void;
}

/**
 * A conversation of JSON-RPC with one upstream, requests both ways, over whatever carries it. Ids and progress tokens
 * are ours. Whatever comes that fits nothing is counted and dropped.
 */
export class Dialogue {
  private readonly requests = new PendingRequests();
  private readonly theirs: ServerRequests;
  private wire: Wire | undefined;
  private failure: Error | undefined;
  /** Called whenever a call for somebody has ended. */
  onSettled: (() => void) | undefined;
  /** Messages that fitted nothing. */
  strays = 0;

  constructor(private readonly terms: DialogueTerms) {
    this.theirs = new ServerRequests(this.requests, terms.tellsRoots, (text) => this.send(text));
  }

  /** Calls under way. */
  get calls(): number {
    return this.requests.calls;
  }

  carriedBy(wire: Wire): void {
    this.wire = wire;
  }

  /** @returns the result as it came @throws UpstreamRpcError, InvalidResult, BackendUnavailable, the signal's reason */
  request(outgoing: Outgoing): Promise<JsonObject> {
    const { method, params, signal, meta } = outgoing;
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (this.failure) return Promise.reject(this.failure);
    const { promise, resolve, reject } = Promise.withResolvers<JsonObject>();
    const onAbort = () => this.takeBack(id, signal.reason as Error, reject);
    const id = this.requests.add(() => ({
      ...outgoing,
      allowance: new Allowance(BURST, PER_SECOND),
      settle: (end) => {
        signal.removeEventListener('abort', onAbort);
        if ('result' in end) resolve(end.result);
        else reject(end.error);
        if (outgoing.call) this.onSettled?.();
      },
    }));
    signal.addEventListener('abort', onAbort, { once: true });
    const own = meta?.(id);
    const text = JSON.stringify({ jsonrpc: '2.0', id, method, params: own ? { ...params, _meta: own } : params });
    // What cannot be sent fails its own request only.
    this.send(text, (error) => this.requests.take(id)?.settle({ error: this.unavailable(error) }));
    return promise;
  }

  notify(method: string, params?: JsonObject): void {
    this.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  /** Something has come. Never throws. */
  take(message: unknown): void {
    if (Array.isArray(message)) for (const one of message.slice(0, MOST_IN_BATCH)) this.takeOne(one);
    else this.takeOne(message);
  }

  /** Nothing will come any more: whatever waits fails, and is not made again. */
  fail(cause: Error): void {
    if (this.failure) return;
    this.failure = this.unavailable(cause);
    for (const pending of this.requests.drain()) pending.settle({ error: this.failure });
  }

  private takeOne(message: unknown): void {
    if (!isObject(message)) return void this.strays++;
    const { id, method, params } = message;
    if (typeof method === 'string') {
      const said = isObject(params) ? params : {};
      if (id === undefined) this.notified(method, said);
      else if (typeof id === 'string' || typeof id === 'number') this.theirs.take(id, method, said);
      else this.strays++;
      return;
    }
    const pending = this.requests.take(id);
    if (pending) pending.settle(this.endOf(message));
    else if (!this.requests.wasAbandoned(id)) this.strays++;
  }

  private endOf({ result, error }: JsonObject): Parameters<Pending['settle']>[0] {
    const { upstream } = this.terms;
    if (isObject(error)) return { error: rpcErrorOf(upstream, error) };
    if (isObject(result)) return { result };
    return { error: new InvalidResult(upstream, 'it is neither a result nor an error') };
  }

  private notified(method: string, params: JsonObject): void {
    const list = Object.hasOwn(LISTS, method) ? LISTS[method] : undefined;
    if (list) return this.terms.news(list);
    const { uri, progressToken } = params;
    if (method === 'notifications/progress') this.progressed(this.requests.get(progressToken), params);
    else if (method === 'notifications/message') this.logged(params);
    else if (method === 'notifications/elicitation/complete') this.completed(params['elicitationId']);
    else if (method === 'notifications/cancelled') this.theirs.cancel(params['requestId']);
    else if (method === 'notifications/resources/updated' && typeof uri === 'string') {
      this.terms.news({ kind: 'resource', uri });
    } else this.strays++;
  }

  private progressed(pending: Pending | undefined, { progress, total, message }: JsonObject): void {
    if (!pending?.call || typeof progress !== 'number' || !pending.allowance.take()) return;
    pending.call.channel.progress(
      progress,
      typeof total === 'number' ? total : undefined,
      typeof message === 'string' ? message : undefined,
    );
  }

  private logged({ level, data, logger }: JsonObject): void {
    if (!LOG_LEVELS.includes(level as LogLevel)) return;
    for (const { call, allowance } of this.requests.audience()) {
      if (!allowance.take()) continue;
      call!.channel.log(level as LogLevel, data, typeof logger === 'string' ? logger : undefined);
    }
  }

  /** Whoever was not sent there does not know the id. */
  private completed(elicitationId: unknown): void {
    if (typeof elicitationId !== 'string') return;
    for (const { call, allowance } of this.requests.audience()) {
      if (allowance.take()) call!.channel.completed?.(elicitationId);
    }
  }

  private takeBack(id: number, reason: Error, reject: (reason: Error) => void): void {
    const pending = this.requests.get(id);
    if (!pending) return;
    this.requests.abandon(id);
    this.notify('notifications/cancelled', { requestId: id, reason: 'nobody waits for it any more' });
    reject(reason);
    if (pending.call) this.onSettled?.();
  }

  private send(text: string, failed: (error: Error) => void = () => undefined): void {
    try {
      const sending = this.wire?.send(text);
      if (sending) sending.catch(failed);
    } catch (error) {
      failed(error as Error);
    }
  }

  private unavailable(cause: Error): Error {
    return cause instanceof AppError ? cause : new BackendUnavailable(this.terms.upstream, cause);
  }
}
