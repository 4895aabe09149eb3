/** A JSON-RPC message, as a client of the older revisions sees it. */
export interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string };
}

interface Event {
  readonly id?: string;
  readonly event?: string;
  readonly retry?: string;
  readonly data: string;
}

type Headers = Readonly<Record<string, string>>;

const ACCEPT = 'application/json, text/event-stream';

export const post = (url: string, body: unknown, headers: Headers = {}, signal?: AbortSignal): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { accept: ACCEPT, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });

/** The events of a stream, one after the other, until one side ends it. */
export async function* eventsOf(response: Response): AsyncGenerator<Event> {
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const fields = lines.filter((line) => !line.startsWith(':')).map((line) => line.split(/: ?(.*)/s, 2));
      if (fields.length > 0) yield { data: '', ...(Object.fromEntries(fields) as Partial<Event>) };
    }
  }
}

export class McpError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** A session by hand, where a test wants to see what the official client hides. */
export class McpSession {
  private count = 0;

  private constructor(
    /** The replica, or whatever stands before it; may be changed in the middle of the session. */
    public url: string,
    readonly id: string,
    readonly initialized: Readonly<Record<string, unknown>>,
    private readonly headers: Headers,
  ) {}

  static async open(
    url: string,
    params: Readonly<Record<string, unknown>> = {},
    headers: Headers = {},
  ): Promise<McpSession> {
    const defaults = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    const body = { jsonrpc: '2.0', id: 'init', method: 'initialize', params: { ...defaults, ...params } };
    const response = await post(url, body, headers);
    const { result } = (await response.json()) as Message;
    return new McpSession(url, response.headers.get('mcp-session-id')!, result!, headers);
  }

  post(body: unknown, signal?: AbortSignal): Promise<Response> {
    return post(this.url, body, { ...this.headers, 'mcp-session-id': this.id }, signal);
  }

  /** The stream of the session. */
  listen(lastEventId?: string, signal?: AbortSignal): Promise<Response> {
    const last = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const headers = { ...this.headers, ...last, accept: 'text/event-stream', 'mcp-session-id': this.id };
    return fetch(this.url, { headers, ...(signal && { signal }) });
  }

  end(): Promise<Response> {
    return fetch(this.url, { method: 'DELETE', headers: { ...this.headers, 'mcp-session-id': this.id } });
  }

  /** Everything that is said on the answer to one request, the answer itself last. */
  async events(method: string, params?: Readonly<Record<string, unknown>>): Promise<readonly Message[]> {
    const messages: Message[] = [];
    for await (const message of this.exchange(method, params)) messages.push(message);
    return messages;
  }

  /** As `events`, one by one: what the server asks can be answered before the next. */
  async *exchange(method: string, params?: Readonly<Record<string, unknown>>): AsyncGenerator<Message> {
    const response = await this.post({ jsonrpc: '2.0', id: ++this.count, method, params });
    if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
      for await (const { data } of eventsOf(response)) yield JSON.parse(data) as Message;
    } else {
      yield (await response.json()) as Message;
    }
  }

  /** The result of one request. @throws McpError */
  async call(method: string, params?: Readonly<Record<string, unknown>>): Promise<unknown> {
    const { result, error } = (await this.events(method, params)).at(-1)!;
    if (error) throw new McpError(error.code, error.message);
    return result;
  }
}
