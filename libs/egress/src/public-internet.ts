import { lookup } from 'node:dns/promises';
import type { Agent, buildConnector } from 'undici';
import type { EgressAnswer, EgressRequest } from './egress-client.js';
import { exchange } from './exchange.js';
import type { AllowedHosts } from '#config/allowed-hosts.js';
import type { Connecting } from './pooled-origin.js';
import { publicConnector, type Resolve } from './public-connector.js';
import { publicUrl } from './public-url.js';
import { redirected } from './redirects.js';

const CONNECT_MS = 3_000;
const ANSWER_MS = 10_000;
const CONNECTIONS = 8;
const IDLE_MS = 4_000;

/** How names become addresses, and addresses connections. */
export interface Dialling {
  readonly resolve: Resolve;
  readonly connect: buildConnector.connector;
}

/** Calls of addresses that nobody vouches for. No proxy of the environment stands between: it would resolve names itself. */
export class PublicInternet {
  private opening: Promise<Agent> | undefined;
  private isClosed = false;

  constructor(private readonly dialling: Partial<Dialling> = {}) {}

  /** @throws AddressRefused, of the address, of what its name resolves to, or of where it leads to */
  async request(url: string, request: Omit<EgressRequest, 'path'>, maxRedirects: number): Promise<EgressAnswer> {
    // Of a host that is named apart from the address the certificate would be checked against that name.
    const headers = Object.entries(request.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'host');
    let hop = { url: publicUrl(url), request: { ...request, headers: Object.fromEntries(headers) } };
    for (let left = maxRedirects; ; left--) {
      const path = hop.url.pathname + hop.url.search;
      const answer = await exchange(await this.open(), hop.url, { ...hop.request, path });
      const next = left > 0 ? redirected(hop, answer) : undefined;
      if (!next) return answer;
      hop = next;
    }
  }

  /** Connections to public addresses, and to what is allowed beside them. */
  connecting(allowed?: AllowedHosts, timeout = CONNECT_MS): Connecting {
    const { resolve = systemResolve, connect } = this.dialling;
    return ({ buildConnector }) =>
      publicConnector(resolve, connect ?? buildConnector({ timeout, allowH2: false }), allowed);
  }

  /** What is still under way fails. */
  async close(): Promise<void> {
    this.isClosed = true;
    await (await this.opening)?.destroy();
  }

  private async open(): Promise<Agent> {
    if (this.isClosed) throw new Error('this way out is closed');
    this.opening ??= import('undici').then(
      (undici) =>
        new undici.Agent({
          connections: CONNECTIONS,
          pipelining: 1,
          allowH2: false,
          keepAliveTimeout: IDLE_MS,
          keepAliveMaxTimeout: IDLE_MS,
          headersTimeout: ANSWER_MS,
          bodyTimeout: ANSWER_MS,
          connect: this.connecting()(undici),
        }),
    );
    return await this.opening;
  }
}

const systemResolve: Resolve = async (name) => (await lookup(name, { all: true })).map(({ address }) => address);
