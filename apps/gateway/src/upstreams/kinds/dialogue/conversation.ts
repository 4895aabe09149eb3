import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { AppError } from '#errors/app-error.js';
import { redactText } from '#observability/redact.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { BackendUnavailable, GuardRejection, UpstreamResponse, UpstreamRpcError } from '#gateway/tools/tools.errors.js';
import type { Credential } from '../../credentials/credentials.js';
import { Backoff } from './backoff.js';
import { Talk, type TalkTerms } from './talk.js';

/** A program may have to be fetched before it can start. Callers have times of their own. */
const BEGIN_MS = 120_000;
/** Calls wait for so much of a backoff; where more is left they fail at once. */
const PATIENCE_MS = 1_000;

/** What happens to a conversation. */
export interface ConversationEvents {
  begun(talk: Talk): void;
  /** One has ended that was not meant to. */
  lost(): void;
}

/**
 * What is said to an upstream for one principal, or for everybody: one `Talk` after the other, each begun when it is
 * needed. One that ended by itself is begun again after a while; calls that were under way in it have failed.
 */
export class Conversation {
  private readonly logger = new Logger('Upstreams');
  private readonly backoff = new Backoff();
  private readonly over = new AbortController();
  private readonly retired = new Set<Talk>();
  private beginning: Promise<Talk> | undefined;
  private waiting = 0;
  private current: Talk | undefined;
  private fault: string | undefined;
  private restarts = 0;

  /** @param starts of all conversations with this upstream: what cannot even begin will not for others */
  constructor(
    private readonly terms: TalkTerms,
    private readonly starts: Backoff,
    private readonly events: ConversationEvents,
  ) {}

  /** True when forgetting it loses nothing. */
  get isDone(): boolean {
    return !this.running && this.waiting === 0 && !this.beginning && !this.retired.size && this.backoff.waitMs === 0;
  }

  get running(): Talk | undefined {
    return this.current && !this.current.isClosing ? this.current : undefined;
  }

  /** Milliseconds until it may begin again. */
  get waitMs(): number {
    return Math.max(this.backoff.waitMs, this.starts.waitMs);
  }

  get isLooping(): boolean {
    return this.backoff.isLooping || this.starts.isLooping;
  }

  /** @returns one that is held: whoever asked lets it go @throws BackendUnavailable, GuardRejection, the signal's reason */
  async talk(credential: Credential, signal: AbortSignal): Promise<Talk> {
    this.waiting++;
    try {
      for (;;) {
        signal.throwIfAborted();
        if (this.over.signal.aborted) throw this.unavailable(this.over.signal.reason);
        const { running } = this;
        if (running?.credentialKey === credential.key) {
          running.hold();
          return running;
        }
        if (running) this.renew();
        if (!this.beginning) {
          await this.outwait(signal);
          this.beginning ??= this.begin(credential).finally(() => (this.beginning = undefined));
        }
        await orAborted(this.beginning, signal);
      }
    } finally {
      this.waiting--;
    }
  }

  /** The next call begins anew, since what it is begun with has changed; those under way end where they are. */
  private renew(): void {
    const { running } = this;
    this.current = undefined;
    if (!running) return;
    this.retired.add(running);
    void running.retire().finally(() => this.retired.delete(running));
  }

  async close(): Promise<void> {
    this.over.abort(new Error('it is closed'));
    await this.beginning?.catch(() => undefined);
    await Promise.all([this.current?.close(), ...[...this.retired].map((talk) => talk.close())]);
  }

  status(): JsonObject {
    const { running } = this;
    return {
      talks: [...(running ? [running] : []), ...this.retired].map((talk) => talk.status()),
      restarts: this.restarts,
      ...(this.fault !== undefined && { last_fault: this.fault }),
      ...(this.waitMs > 0 && { again_in_ms: Math.round(this.waitMs) }),
    };
  }

  private async outwait(signal: AbortSignal): Promise<void> {
    const { waitMs } = this;
    if (waitMs === 0) return;
    if (waitMs > PATIENCE_MS) throw this.unavailable(new Error(this.fault ?? 'it is away'));
    await delay(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  private async begin(credential: Credential): Promise<Talk> {
    const signal = AbortSignal.any([this.over.signal, AbortSignal.timeout(BEGIN_MS)]);
    const talk = new Talk(this.terms, credential.key, (why) => this.lost(talk, why));
    await talk.takePlace(signal).catch(() => {
      throw new GuardRejection(this.terms.upstream);
    });
    if (this.waiting === 0) {
      talk.leave();
      throw new GuardRejection(this.terms.upstream);
    }
    try {
      await talk.begin(credential, signal);
    } catch (error) {
      if (!this.over.signal.aborted) {
        // Whoever is refused is refused alone: others may be let in.
        (error instanceof UpstreamResponse ? this.backoff : this.starts).failed(0);
        this.note(error as Error);
      }
      throw this.unavailable(error);
    }
    this.starts.reset();
    this.current = talk;
    this.events.begun(talk);
    // Those who waited for it hold it by then.
    setImmediate(() => talk.letGo());
    return talk;
  }

  private lost(talk: Talk, why: Error): void {
    this.restarts++;
    this.backoff.failed(talk.lastedMs);
    this.note(why);
    this.events.lost();
  }

  private note(why: Error): void {
    const cause = why instanceof BackendUnavailable && why.cause instanceof Error ? why.cause : why;
    this.fault = redactText(cause.message).slice(0, 300);
    this.logger.warn(`${this.terms.upstream}: ${this.fault}`);
  }

  private unavailable(cause: unknown): Error {
    const isTold = cause instanceof AppError && !(cause instanceof UpstreamRpcError);
    return isTold ? cause : new BackendUnavailable(this.terms.upstream, cause);
  }
}

/** Whoever waits may leave; what is waited for goes on. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: either, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  return either;
}
