import { randomBytes } from 'node:crypto';
import { Inject, Injectable, Optional } from '@nestjs/common';
import type { JsonObject } from '#gateway/tools/tool.js';
import { PubSub } from '#redis/pub-sub.js';
import { notificationMessage, requestMessage } from '../json-rpc.js';
import type { Outlet } from './outlet.js';

/** How long a client, and the person before it, may take for one answer. */
const PATIENCE_MS = 600_000;

const RANDOM_BYTES = 18;

/** What a client answered to a request of ours. */
export interface ClientAnswer {
  readonly result?: JsonObject;
  readonly error?: { readonly message: string; readonly code?: number };
}

interface Waiting {
  readonly session: string;
  readonly settle: (answer: ClientAnswer) => void;
}

interface Forwarded {
  readonly session: string;
  readonly id: string;
  readonly answer: ClientAnswer;
}

const channelOf = (process: string) => `mcp:answers:${process}`;

/**
 * Requests from here to clients. The answer is a POST of its own, which may reach another replica: so the id names the
 * process that waits. It cannot be guessed, and counts in its own session only.
 */
@Injectable()
export class ClientRequests {
  private readonly waiting = new Map<string, Waiting>();
  private readonly process: string;

  constructor(@Optional() @Inject(PubSub) private readonly others: PubSub | undefined) {
    this.process = others?.process ?? 'here';
    others?.subscribe(channelOf(this.process), (message) => {
      const { session, id, answer } = JSON.parse(message) as Forwarded;
      this.settle(session, id, answer);
    });
  }

  /** @returns the client's answer; an error of our own when the time is up or the call was taken back */
  async ask(
    session: string,
    outlet: Outlet,
    request: { readonly method: string; readonly params?: JsonObject },
    signal: AbortSignal,
  ): Promise<ClientAnswer> {
    const id = `${this.process}.${randomBytes(RANDOM_BYTES).toString('base64url')}`;
    const { promise, resolve } = Promise.withResolvers<ClientAnswer>();
    const giveUp = (reason: string) => {
      outlet.tell(notificationMessage('notifications/cancelled', { requestId: id, reason }));
      resolve({ error: { message: reason } });
    };
    const onAbort = () => giveUp('the call was taken back');
    const timer = setTimeout(() => giveUp('no answer came in time'), PATIENCE_MS).unref();
    this.waiting.set(id, { session, settle: resolve });
    signal.addEventListener('abort', onAbort);
    try {
      if (signal.aborted) onAbort();
      else outlet.tell(requestMessage(id, request.method, request.params));
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      this.waiting.delete(id);
    }
  }

  /** Takes an answer, and hands it on to the process that waits for it. One that nobody waits for is dropped. */
  take(session: string, id: unknown, answer: ClientAnswer): void {
    if (typeof id !== 'string') return;
    const process = id.slice(0, id.indexOf('.'));
    if (process === this.process) this.settle(session, id, answer);
    else if (/^[\w-]{16}$/.test(process)) {
      void this.others?.publish(channelOf(process), JSON.stringify({ session, id, answer } satisfies Forwarded));
    }
  }

  private settle(session: string, id: string, answer: ClientAnswer): void {
    const waiting = this.waiting.get(id);
    if (waiting?.session === session) waiting.settle(answer);
  }
}
