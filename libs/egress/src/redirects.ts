import type { EgressAnswer, EgressRequest } from './egress-client.js';
import { AddressRefused } from './egress.errors.js';
import { publicUrl } from './public-url.js';

/** One request on its way through redirects. */
export interface Hop {
  readonly url: URL;
  readonly request: Omit<EgressRequest, 'path'> & { readonly headers: Readonly<Record<string, string>> };
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** All that another origin is told: whatever else there is may be a credential. */
const FOR_EVERYBODY: ReadonlySet<string> = new Set(['accept', 'accept-language', 'content-type', 'user-agent']);

/**
 * Where an answer leads to, checked like the first address; undefined when it leads nowhere. Never from https to http;
 * to another origin without credentials and without a body.
 * @throws AddressRefused
 */
export function redirected({ url, request }: Hop, { status, headers }: EgressAnswer): Hop | undefined {
  const { location } = headers;
  if (!REDIRECTS.has(status) || typeof location !== 'string') return undefined;
  const next = publicUrl(location, url);
  if (url.protocol === 'https:' && next.protocol === 'http:') throw new AddressRefused('it leads from https to http');
  const asked = becomesGet(status, request.method) ? withoutBody(request) : request;
  if (next.origin === url.origin) return { url: next, request: asked };
  if (asked.body != null) throw new AddressRefused('it leads what is sent to another origin');
  return { url: next, request: { ...asked, headers: only(asked.headers, (name) => FOR_EVERYBODY.has(name)) } };
}

/** RFC 9110, 15.4: as clients have always done it. */
const becomesGet = (status: number, method: string) =>
  status === 303 ? method !== 'GET' && method !== 'HEAD' : method === 'POST' && (status === 301 || status === 302);

const withoutBody = (request: Hop['request']): Hop['request'] => ({
  ...request,
  method: 'GET',
  body: null,
  headers: only(request.headers, (name) => !name.startsWith('content-')),
});

const only = (headers: Hop['request']['headers'], isKept: (lowerCase: string) => boolean) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => isKept(name.toLowerCase())));
