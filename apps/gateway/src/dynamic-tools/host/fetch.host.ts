import type { EgressAnswer, EgressClient } from '#egress/egress-client.js';
import { AnswerTooLarge } from '#egress/egress.errors.js';
import { type Hop, redirected } from '#egress/redirects.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import type { HostFunction } from '#sandbox/sandbox.js';
import { allowedUrl, reasonOf } from './fetch-hosts.js';
import { type FetchOptions, fetchOptions } from './fetch-options.js';
import { HostBudget } from './host-budget.js';
import { HostFault } from './host-fault.js';
import { hostFunction } from './host-function.js';

/** Of one call of the tool. */
const MOST_REQUESTS = 100;
const MOST_AT_ONCE = 8;
const MOST_REDIRECTS = 5;
/** Bytes of an answer's body. */
const LARGEST_ANSWER = 1_000_000;

/** What code gets: names of headers in lower case, several of one name joined, the body as UTF-8 text. */
interface Fetched {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * `fetch`: a URL, and options → `{ status, headers, body }`, whatever the status. It goes to public addresses of the hosts that
 * were granted, and follows redirects among those. Nothing of the gateway's own credentials goes with it.
 */
export function fetchHost(egress: EgressClient, hosts: readonly string[], call: ToolCall): HostFunction {
  const budget = new HostBudget('fetch', MOST_REQUESTS, MOST_AT_ONCE);
  return hostFunction('fetch', call, async ([given, options], signal) => {
    const url = allowedUrl(given, hosts);
    const wanted = fetchOptions(options);
    return budget.spend(signal, () => follow(egress, hosts, hopOf(url, wanted, call, signal)));
  });
}

const hopOf = (url: URL, { method, headers, body }: FetchOptions, call: ToolCall, signal: AbortSignal): Hop => ({
  url,
  request: {
    method,
    headers: { 'user-agent': 'achilles-gateway', accept: '*/*', ...headers, 'accept-encoding': 'identity' },
    body,
    signal,
    // What there is to know of a HEAD is no longer for being long.
    maxBytes: method === 'HEAD' ? Infinity : LARGEST_ANSWER,
    answerTimeoutMs: Math.max(1, Math.ceil(call.deadline - performance.now())),
  },
});

async function follow(egress: EgressClient, hosts: readonly string[], first: Hop): Promise<Fetched> {
  let hop = first;
  for (let left = MOST_REDIRECTS; ; left--) {
    const answer = await ask(egress, hop);
    const next = nextOf(hop, answer);
    if (!next) return fetched(answer);
    if (left === 0) throw new HostFault(`fetch: it leads on more than ${MOST_REDIRECTS} times`);
    hop = { ...next, url: allowedUrl(next.url.href, hosts) };
  }
}

async function ask(egress: EgressClient, { url, request }: Hop): Promise<EgressAnswer> {
  try {
    return await egress.anywhere(url.href, request, { maxRedirects: 0 });
  } catch (error) {
    if (error instanceof AnswerTooLarge) {
      throw new HostFault(`fetch: ${url.host} answers with more than ${LARGEST_ANSWER} bytes`);
    }
    if (request.signal?.aborted) throw error;
    // Whether its name is known here, and to what address it leads, is nobody's business.
    throw new HostFault(`fetch: ${url.host} could not be reached`);
  }
}

function nextOf(hop: Hop, answer: EgressAnswer): Hop | undefined {
  try {
    return redirected(hop, answer);
  } catch (error) {
    throw new HostFault(`fetch: ${hop.url.host} leads to an address that may not be called: ${reasonOf(error)}`);
  }
}

function fetched({ status, headers, body }: EgressAnswer): Fetched {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (body.length > 0 && encoding !== 'identity') {
    throw new HostFault(
      `fetch: the answer is encoded (${String(encoding).slice(0, 32)}) although it was asked not to be`,
    );
  }
  const told = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  );
  return { status, headers: Object.fromEntries(told), body: new TextDecoder().decode(body) };
}
