import { Injectable } from '@nestjs/common';
import { isLoopback } from '#config/jwks-url.js';
import { type EgressAnswer, EgressClient, type EgressOrigin, type EgressRequest } from '#egress/egress-client.js';
import { AddressRefused } from '#egress/egress.errors.js';

const TIMEOUT_MS = 10_000;
const CONNECT_MS = 3_000;
const MAX_BYTES = 262_144;
const CONNECTIONS = 8;

interface FetchOptions {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams | string | undefined;
}

/** What oauth4webapi takes for `fetch`. */
export type Fetch = (url: string, options: FetchOptions) => Promise<Response>;

/**
 * The way to authorisation servers. Addresses at an origin that the operator wrote are called as written, private or
 * not; all others come out of somebody's document, and have to be https and public.
 */
@Injectable()
export class OauthFetch {
  private readonly origins = new Map<string, EgressOrigin>();

  constructor(private readonly egress: EgressClient) {}

  /** @param trusted origins that the operator wrote */
  trusting(trusted: readonly string[]): Fetch {
    return async (url, { method, headers, body }) => {
      const answer = await this.request(new URL(url), trusted, {
        method: method === 'POST' ? 'POST' : 'GET',
        headers,
        body: body === undefined ? null : String(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        maxBytes: MAX_BYTES,
      });
      return responseOf(answer);
    };
  }

  /** @throws AddressRefused, AnswerTooLarge, or what went wrong on the way */
  private request(url: URL, trusted: readonly string[], request: Omit<EgressRequest, 'path'>): Promise<EgressAnswer> {
    if (!isSafe(url)) return Promise.reject(new AddressRefused('it is neither https nor this machine'));
    if (!trusted.includes(url.origin)) {
      // Of this machine, or of the network around it, only the operator may speak.
      if (url.protocol !== 'https:') return Promise.reject(new AddressRefused('it is not https'));
      return this.egress.anywhere(url.href, request, { maxRedirects: 0 });
    }
    return this.at(url.origin).request({ ...request, path: url.pathname + url.search });
  }

  private at(url: string): EgressOrigin {
    let origin = this.origins.get(url);
    if (!origin) {
      origin = this.egress.configured(url, { connections: CONNECTIONS, connectTimeoutMs: CONNECT_MS });
      this.origins.set(url, origin);
    }
    return origin;
  }
}

/** Whoever can read what is said to an authorisation server can be the gateway. */
export const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[(.*)\]$/, '$1')));

function responseOf({ status, headers, body }: EgressAnswer): Response {
  const list = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const each of value === undefined ? [] : [value].flat()) list.append(name, each);
  }
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  return new Response(hasBody ? new Uint8Array(body) : null, { status, headers: list });
}
