const PREFIX = 'io.modelcontextprotocol/';

/** What a test says otherwise than a good client of 2026-07-28 would. */
export interface Told {
  readonly id?: string | number;
  readonly capabilities?: object;
  /** Further members of `_meta`; undefined ones are left out. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Undefined ones are not sent. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** What a test looks into without saying before what it expects. */
// oxlint-disable-next-line typescript/no-explicit-any -- the expectations say what it is
export type Anything = Record<string, any>;

/** A message of JSON-RPC as it came. */
export interface Message {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Anything;
  readonly result?: Anything;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Anything };
}

export interface ModernAnswer extends Message {
  readonly status: number;
  readonly headers: Headers;
  /** What came before the answer, where it came as a stream. */
  readonly before: readonly Message[];
}

let lastId = 0;

/** A client of MCP 2026-07-28 that shows the wire. */
export class ModernClient {
  constructor(
    readonly url: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  async ask(method: string, params: Readonly<Record<string, unknown>> = {}, told: Told = {}): Promise<ModernAnswer> {
    const response = await this.open(method, params, told);
    const text = await response.text();
    const isStream = response.headers.get('content-type') === 'text/event-stream';
    const messages = isStream ? [...messagesIn(text)] : text === '' ? [] : [JSON.parse(text) as Message];
    return {
      ...messages.at(-1),
      status: response.status,
      headers: response.headers,
      before: messages.slice(0, -1),
    };
  }

  /** Calls a tool; the text of what it answers. */
  async call(name: string, args: object = {}, told: Told = {}): Promise<ModernAnswer> {
    return this.ask('tools/call', { name, arguments: args }, told);
  }

  open(method: string, params: Readonly<Record<string, unknown>>, told: Told = {}): Promise<Response> {
    const { id = ++lastId, capabilities = {}, meta, headers, signal } = told;
    const name = params['name'] ?? params['uri'];
    const sent: Record<string, string | undefined> = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': name }),
      ...this.headers,
      ...headers,
    };
    const _meta = {
      [`${PREFIX}protocolVersion`]: '2026-07-28',
      [`${PREFIX}clientCapabilities`]: capabilities,
      ...meta,
    };
    return fetch(this.url, {
      method: 'POST',
      headers: Object.entries(sent).filter((entry): entry is [string, string] => entry[1] !== undefined),
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta } }),
      ...(signal && { signal }),
    });
  }

  /** A stream of messages that stays open. */
  async listen(notifications: object, told: Told = {}): Promise<OpenStream> {
    const leave = new AbortController();
    const response = await this.open('subscriptions/listen', { notifications }, { ...told, signal: leave.signal });
    return new OpenStream(response, leave);
  }
}

function* messagesIn(text: string): Generator<Message> {
  for (const event of text.split('\n\n')) {
    const data = event.split('\n').filter((line) => line.startsWith('data: '));
    if (data.length > 0) yield JSON.parse(data.map((line) => line.slice(6)).join('\n')) as Message;
  }
}

/** What comes on a stream, one message after the other. */
export class OpenStream implements Disposable {
  readonly heard: Message[] = [];
  /** Resolves when the server has ended it, or the test has left. */
  readonly ended: Promise<void>;

  constructor(
    readonly response: Response,
    private readonly leaving: AbortController,
  ) {
    this.ended = this.read().catch(() => undefined);
  }

  leave(): void {
    this.leaving.abort();
  }

  [Symbol.dispose](): void {
    this.leave();
  }

  private async read(): Promise<void> {
    let text = '';
    for await (const chunk of this.response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const whole = text.lastIndexOf('\n\n');
      if (whole === -1) continue;
      this.heard.push(...messagesIn(text.slice(0, whole)));
      text = text.slice(whole + 2);
    }
  }
}
