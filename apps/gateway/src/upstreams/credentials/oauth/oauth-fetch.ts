import { Injectable } from '@nestjs/common';
import { isLoopback } from '#config/jwks-url.js';
import { type EgressAnswer, EgressClient, type EgressOrigin, type EgressRequest } from '#egress/egress-client.js';
import { AddressRefused } from '#egress/egress.errors.js';
import { UpstreamOrigins, type Voucher } from '../../upstream-origin.js';

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
 * The way to authorisation servers. Addresses at an origin that somebody wrote are called as that one may have them
 * called: an operator's file as written, private or not; the admin API where they are public or allowed. All others come
 * out of somebody's document, and have to be https and public.
 */
@Injectable()
export class OauthFetch {
  private readonly origins = new Map<string, EgressOrigin>();

  constructor(
    private readonly egress: EgressClient,
    private readonly ways: UpstreamOrigins,
  ) {}

  /**
   * @param trusted origins that somebody wrote
   * @param voucher who
   */
  trusting(trusted: readonly string[], voucher: Voucher): Fetch {
    return async (url, { method, headers, body }) => {
      const at = new URL(url);
      const answer = await this.request(at, trusted.includes(at.origin) ? voucher : 'nobody', {
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
  private async request(url: URL, voucher: Voucher, request: Omit<EgressRequest, 'path'>): Promise<EgressAnswer> {
    if (!isSafe(url)) throw new AddressRefused('it is neither https nor this machine');
    if (voucher === 'nobody') {
      // Of this machine, or of the network around it, only the operator may speak.
      if (url.protocol !== 'https:') throw new AddressRefused('it is not https');
      return this.egress.anywhere(url.href, request, { maxRedirects: 0 });
    }
    return this.at(url.origin, voucher).request({ ...request, path: url.pathname + url.search });
  }

  /** @throws AddressRefused */
  private at(url: string, voucher: Voucher): EgressOrigin {
    const key = `${voucher} ${url}`;
    let origin = this.origins.get(key);
    if (!origin) {
      origin = this.ways.at(url, voucher, { connections: CONNECTIONS, connectTimeoutMs: CONNECT_MS });
      this.origins.set(key, origin);
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
