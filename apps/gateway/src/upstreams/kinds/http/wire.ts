import type { HttpUpstream } from '#config/upstreams-file.js';
import type { EgressOrigin } from '#egress/egress-client.js';
import { VERSION } from '#gateway/health/version.js';
import type { Credential } from '../../credentials/credentials.js';
import type { UpstreamAddress, UpstreamOrigins } from '../../upstream-origin.js';

/** `Implementation` of MCP: who asks. */
export const CLIENT_INFO = Object.freeze({ name: 'achilles-gateway', title: 'Achilles Gateway', version: VERSION });

/** Of the protocol, and of HTTP itself: no file and no credential says them. */
const OURS =
  /^(?:mcp-.*|host|connection|keep-alive|transfer-encoding|content-.*|te|trailer|upgrade|accept|accept-encoding|expect|last-event-id|traceparent|tracestate)$/;

const ASIDE_CONNECTIONS = 32;
/** Shorter ones would be found in any text. */
const LEAST_SECRET = 6;

/** Where one credential is shown, prepared once. */
export interface Endpoint {
  readonly credential: Credential;
  readonly path: string;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Takes the credential out of what the upstream says. */
  readonly hide: (text: string) => string;
}

/** The way to one upstream: a pool for calls, and one for what must not wait behind them. Opened when it is used. */
export class Wire {
  private address: UpstreamAddress | undefined;
  private besides: EgressOrigin | undefined;
  private readonly endpoints = new WeakMap<Credential, Endpoint>();
  private lastId = 0;

  constructor(
    readonly spec: HttpUpstream,
    private readonly origins: UpstreamOrigins,
  ) {}

  get upstream(): string {
    return this.spec.name;
  }

  get host(): string {
    return this.there.url.host;
  }

  /** @throws UpstreamAddressRefused, BackendUnavailable */
  get calls(): EgressOrigin {
    return this.there.origin;
  }

  /** For answers to the upstream, cancellations and streams of news: all calls may be waiting for just these. */
  get aside(): EgressOrigin {
    return (this.besides ??= this.origins.open(this.spec, { connections: ASIDE_CONNECTIONS }).origin);
  }

  /** Of the next request. Callers' own ids stay with them: they would collide. */
  nextId(): number {
    return ++this.lastId;
  }

  endpoint(credential: Credential): Endpoint {
    let endpoint = this.endpoints.get(credential);
    if (!endpoint) this.endpoints.set(credential, (endpoint = this.prepare(credential)));
    return endpoint;
  }

  /** Calls under way fail. */
  async destroy(): Promise<void> {
    await Promise.all([this.address?.origin.destroy(), this.besides?.destroy()]);
  }

  private get there(): UpstreamAddress {
    return (this.address ??= this.origins.open(this.spec));
  }

  private prepare(credential: Credential): Endpoint {
    const { pathname, search } = this.there.url;
    const query = new URLSearchParams(credential.query).toString();
    const headers: Record<string, string> = { 'user-agent': `${CLIENT_INFO.name}/${CLIENT_INFO.version}` };
    for (const given of [this.spec.headers ?? {}, credential.headers]) {
      for (const [name, value] of Object.entries(given)) {
        if (!OURS.test(name.toLowerCase())) headers[name.toLowerCase()] = value;
      }
    }
    headers['content-type'] = 'application/json';
    headers['accept'] = 'application/json, text/event-stream';
    headers['accept-encoding'] = 'identity';
    const separator = search === '' ? '?' : '&';
    return {
      credential,
      path: query === '' ? pathname + search : `${pathname}${search}${separator}${query}`,
      headers,
      hide: hiding(credential),
    };
  }
}

/** Replaces the credential's values, and what follows `Bearer` in them. */
function hiding({ headers, query }: Credential): (text: string) => string {
  const values = [...Object.values(headers), ...Object.values(query)];
  const secrets = values
    .flatMap((value) => [value, value.replace(/^\w+ /, ''), encodeURIComponent(value)])
    .filter((value) => value.length >= LEAST_SECRET);
  if (secrets.length === 0) return (text) => text;
  return (text) => secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, '***'), text);
}
