import type { InputRequest, JsonObject } from '#gateway/tools/tool.js';
import type { PendingRequests } from './pending-requests.js';

/** Requests of an upstream that are open at once. */
const MOST_OPEN = 64;

const METHOD_NOT_FOUND = -32_601;
const INVALID_REQUEST = -32_600;
const REFUSED = -32_000;

class Refusal extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** What an upstream with a handshake asks of its client: whoever the one call under way is for. */
export class ServerRequests {
  private readonly open = new Map<string | number, AbortController>();

  constructor(
    private readonly ours: PendingRequests,
    private readonly tellsRoots: boolean,
    private readonly send: (text: string) => void,
  ) {}

  take(id: string | number, method: string, params: JsonObject): void {
    const over = new AbortController();
    const isTooMuch = this.open.size >= MOST_OPEN;
    if (!isTooMuch) this.open.set(id, over);
    void (isTooMuch ? Promise.reject(new Refusal(REFUSED, 'Too many requests are open.')) : this.answer(method, params))
      .then(
        (result) => ({ result }),
        (error: Error) => ({ error: { code: codeOf(error), message: error.message.slice(0, 300) } }),
      )
      .then((end) => {
        if (this.open.get(id) === over) this.open.delete(id);
        if (!over.signal.aborted) this.send(JSON.stringify({ jsonrpc: '2.0', id, ...end }));
      });
  }

  /** The upstream does not want the answer any more. */
  cancel(id: unknown): void {
    if (typeof id !== 'string' && typeof id !== 'number') return;
    this.open.get(id)?.abort();
    this.open.delete(id);
  }

  private async answer(method: string, params: JsonObject): Promise<JsonObject> {
    switch (method) {
      case 'ping':
        return {};
      case 'roots/list':
        return this.roots();
      case 'sampling/createMessage':
      case 'elicitation/create':
        return this.ask({ method, params });
      default:
        throw new Refusal(METHOD_NOT_FOUND, 'There is no such method.');
    }
  }

  /** Asked when a conversation begins, and by servers that take them for what they may open: nobody's roots, then. */
  private async roots(): Promise<JsonObject> {
    const isForSomebody = this.tellsRoots && this.ours.calls > 0;
    return isForSomebody ? this.ask({ method: 'roots/list' }) : { roots: [] };
  }

  private async ask(request: InputRequest): Promise<JsonObject> {
    const call = this.ours.only()?.call;
    if (!call) throw new Refusal(INVALID_REQUEST, 'It cannot be told which call this belongs to.');
    if (!call.ask) throw new Refusal(REFUSED, 'Nobody can be asked.');
    return call.ask(request);
  }
}

const codeOf = (error: Error & { code?: unknown }): number =>
  Number.isSafeInteger(error.code) ? (error.code as number) : REFUSED;
