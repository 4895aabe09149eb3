/** An answer of the API as a client sees it. */
export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

type Headings = Readonly<Record<string, string>>;

/** A plain HTTP client of the API. Bodies are what the server sent: tests name the type that they expect. */
export class Api {
  constructor(
    readonly base: string,
    readonly headers: Headings = {},
  ) {}

  /** The same client with more headers on every call. */
  with(headers: Headings): Api {
    return new Api(this.base, { ...this.headers, ...headers });
  }

  /** The same client of another part of the server. */
  at(base: string): Api {
    return new Api(base, this.headers);
  }

  get<Body = Record<string, unknown>>(path: string, headers: Headings = {}): Promise<Answer<Body>> {
    return this.call('GET', path, undefined, headers);
  }

  post<Body = Record<string, unknown>>(path: string, body: unknown, headers: Headings = {}): Promise<Answer<Body>> {
    return this.call('POST', path, JSON.stringify(body), headers);
  }

  patch<Body = Record<string, unknown>>(path: string, body: unknown): Promise<Answer<Body>> {
    return this.call('PATCH', path, JSON.stringify(body));
  }

  /** Sends the text as it is. */
  async call<Body>(
    method: string,
    path: string,
    body?: string,
    headers: Headings = {},
    signal?: AbortSignal,
  ): Promise<Answer<Body>> {
    const response = await fetch(this.base + path, {
      method,
      body,
      signal,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...this.headers, ...headers },
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson && text !== '' ? JSON.parse(text) : text) as Body,
    };
  }
}
