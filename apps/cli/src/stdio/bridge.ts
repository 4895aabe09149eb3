import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { objectOf, textOf } from '../formats/untrusted-json.js';
import { eventsIn } from './event-stream.js';
import { failureOf, type Failure } from './bridge-failure.js';
import { isRequest, type JsonRpcMessage, keyOf, messageIn, revisionOf } from './json-rpc-message.js';
import { exchange, type GatewayAddress, mediaType, textOfBody } from './mcp-http.js';
import { MirroredHeaders } from './mirrored-headers.js';

/** The two ends of a bridge beside the gateway: lines for the client, and sentences for whoever runs it. */
export interface BridgeOutput {
  /** Takes one message, on one line. */
  readonly send: (line: string) => void;
  readonly tell: (sentence: string) => void;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
const GOODBYE_MS = 2_000;

/**
 * A client's messages, each as one exchange with the gateway's `/mcp`, and the gateway's to the client as they arrive.
 * What passes is not rewritten; what is read decides the headers: a session of the older revisions, or the envelope
 * that a message of 2026-07-28 brings along.
 */
export class Bridge {
  private readonly mirrored = new MirroredHeaders();
  private readonly running = new Map<string, AbortController>();
  private readonly pending = new Set<Promise<unknown>>();
  private readonly over = new AbortController();
  private session: { readonly id?: string; readonly revision?: string } = {};
  private told: string | undefined;

  constructor(
    private readonly gateway: GatewayAddress,
    private readonly output: BridgeOutput,
  ) {}

  /** Takes one line of the client. Resolves when the next may be taken: at once, but for the steps of a handshake. */
  async take(line: string): Promise<void> {
    const message = messageIn(line);
    const method = message?.method;
    if (message && method === 'notifications/cancelled') {
      const key = keyOf(message.params?.['requestId']);
      const cancelled = this.running.get(key);
      this.running.delete(key);
      cancelled?.abort();
      // Without a session, hanging up is all there is to say.
      if (!this.session.id) return;
    }
    const done: Promise<unknown> = this.relay(line, message ?? {}).finally(() => this.pending.delete(done));
    this.pending.add(done);
    if (method === 'initialize' || method === 'notifications/initialized') await done;
    if (method === 'notifications/initialized') void this.listen();
  }

  /** Lets what is under way end, within a time, and says goodbye to the gateway. */
  async close(patienceMs: number): Promise<void> {
    const patience = new AbortController();
    await Promise.race([Promise.all(this.pending), sleep(patienceMs, undefined, patience).catch(() => undefined)]);
    patience.abort();
    this.over.abort();
    if (!this.session.id) return;
    const goodbye = AbortSignal.timeout(GOODBYE_MS);
    await exchange(this.gateway, 'DELETE', this.sessionHeaders(), goodbye).then(
      (response) => response.resume(),
      () => undefined,
    );
  }

  private async relay(line: string, message: JsonRpcMessage): Promise<void> {
    const hangUp = new AbortController();
    const key = isRequest(message) ? keyOf(message.id) : undefined;
    if (key !== undefined) this.running.set(key, hangUp);
    const signal = AbortSignal.any([hangUp.signal, this.over.signal]);
    try {
      const revision = revisionOf(message);
      const headers = revision === undefined ? this.sessionHeaders() : this.mirrored.of(message, revision);
      await this.deliver(await exchange(this.gateway, 'POST', headers, signal, line), message, signal);
      this.told = undefined;
    } catch (error) {
      // Cancelled, or the client has left: nobody waits for an answer.
      if (!signal.aborted) this.fail(message, failureOf(error, this.gateway.url));
    } finally {
      if (key !== undefined && this.running.get(key) === hangUp) this.running.delete(key);
    }
  }

  private async deliver(response: IncomingMessage, message: JsonRpcMessage, signal: AbortSignal): Promise<void> {
    const session = response.headers['mcp-session-id'];
    if (message.method === 'initialize' && typeof session === 'string') this.session = { id: session };
    if (mediaType(response) === 'text/event-stream') return this.deliverEvents(response, message, signal);
    const text = await textOfBody(response);
    const status = response.statusCode ?? 0;
    const answer = messageIn(text);
    if (answer && (answer.result !== undefined || answer.error !== undefined) && this.answers(answer, message)) {
      if (status === 401 || status === 403) this.tell(failureOf(response, this.gateway.url).message);
      this.pass(text, message);
    } else if (status < 200 || status >= 300) {
      this.fail(message, failureOf(response, this.gateway.url, answer));
    } else if (text.startsWith('[')) {
      this.output.send(oneLine(text));
    } else if (isRequest(message)) {
      this.fail(message, { code: -32_000, message: 'The gateway gave no answer that is one of MCP' });
    }
  }

  /** A stream that ends early and has named its events is taken up again where it ended: 2025-11-25, "Resumability". */
  private async deliverEvents(first: IncomingMessage, message: JsonRpcMessage, signal: AbortSignal): Promise<void> {
    let response = first;
    let last: string | undefined;
    for (;;) {
      let pauseMs = FIRST_RETRY_MS;
      for await (const { data, id, retryMs } of eventsIn(response)) {
        last = id ?? last;
        pauseMs = retryMs ?? pauseMs;
        if (data && this.pass(data, message) && isRequest(message)) return void response.destroy();
      }
      if (!isRequest(message)) return;
      if (last === undefined || !this.session.id) throw new Error('the stream ended before the answer');
      await sleep(pauseMs, undefined, { signal });
      response = await exchange(this.gateway, 'GET', { ...this.sessionHeaders(), 'last-event-id': last }, signal);
      if (mediaType(response) !== 'text/event-stream') throw new Error('the stream could not be taken up again');
    }
  }

  /** What a server with sessions says on its own: one stream, opened again when it ends, until there is none to open. */
  private async listen(): Promise<void> {
    const { signal } = this.over;
    let last: Record<string, string> = {};
    let pauseMs = FIRST_RETRY_MS;
    while (!signal.aborted && this.session.id) {
      try {
        const response = await exchange(this.gateway, 'GET', { ...this.sessionHeaders(), ...last }, signal);
        if (mediaType(response) !== 'text/event-stream') {
          response.resume();
          if ((response.statusCode ?? 0) < 500) return;
        } else {
          for await (const { data, id, retryMs } of eventsIn(response)) {
            if (id) last = { 'last-event-id': id };
            pauseMs = retryMs ?? FIRST_RETRY_MS;
            if (data) this.pass(data, {});
          }
        }
      } catch {
        pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_MS);
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Hands a message on. @returns whether it is the answer to the request that it came for */
  private pass(text: string, request: JsonRpcMessage): boolean {
    const { method } = request;
    const watched = method === 'initialize' || method === 'tools/list';
    const answer = watched || isRequest(request) ? messageIn(text) : undefined;
    const isAnswer = answer !== undefined && answer.method === undefined && this.answers(answer, request);
    if (isAnswer && method === 'tools/list') this.mirrored.learn(answer.result);
    if (isAnswer && method === 'initialize') {
      this.session = { ...this.session, revision: textOf(objectOf(answer.result)?.['protocolVersion']) };
    }
    // An error that could not be told whose it is: of an exchange with one request, it is that one's.
    const lost = isAnswer && answer.id !== request.id;
    this.output.send(lost ? JSON.stringify({ ...answer, id: request.id }) : oneLine(text));
    return isAnswer;
  }

  private answers(answer: JsonRpcMessage, request: JsonRpcMessage): boolean {
    if (!isRequest(request) || answer.method !== undefined) return false;
    return answer.id === request.id || (answer.error !== undefined && (answer.id ?? null) === null);
  }

  private fail(message: JsonRpcMessage, { code, message: reason, data }: Failure): void {
    this.tell(reason);
    if (!isRequest(message)) return;
    this.output.send(JSON.stringify({ jsonrpc: '2.0', id: message.id, error: { code, message: reason, data } }));
  }

  /** Once, until something works again. */
  private tell(sentence: string): void {
    if (this.told !== sentence) this.output.tell(sentence);
    this.told = sentence;
  }

  private sessionHeaders(): Record<string, string> {
    const { id, revision } = this.session;
    return { ...(id && { 'mcp-session-id': id }), ...(revision && { 'mcp-protocol-version': revision }) };
  }
}

/** JSON has line ends only between its parts. */
const oneLine = (json: string): string => json.replace(/[\r\n]+/g, ' ');
