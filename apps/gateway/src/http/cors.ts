import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '#config/env.js';
import { splitList } from '#config/split-list.js';
import { OriginNotAllowed } from './http.errors.js';

const METHODS = 'GET, HEAD, POST, PATCH, PUT, DELETE';

const REQUEST_HEADERS =
  'authorization, content-type, accept, if-match, if-none-match, idempotency-key, last-event-id, mcp-session-id, mcp-protocol-version, mcp-method, mcp-name, traceparent, tracestate, x-admin-token, x-request-id';

/** Arguments that a tool wants in headers: each has a name of its own, which a preflight names. */
const ARGUMENT_HEADER = /^mcp-param-[\w!#$%&'*+.^`|~-]{1,100}$/i;

const EXPOSED =
  'x-request-id, etag, retry-after, www-authenticate, mcp-session-id, mcp-protocol-version, ratelimit, ratelimit-policy, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset';

/** How long a browser may remember that it may call: what Chromium allows at most. */
const PREFLIGHT_SECONDS = '7200';

/**
 * Pages of the listed origins may call, nobody else's: an origin is answered with itself because it stands in the list,
 * never because it asked. Cookies are not read here, so none are allowed across origins.
 */
@Injectable()
export class Cors {
  private readonly origins: ReadonlySet<string>;
  private readonly ownOrigin: string | undefined;

  constructor(config: ConfigService<Config, true>) {
    this.origins = new Set(splitList(config.get('CORS_ORIGINS')));
    const publicUrl = config.get('PUBLIC_URL', { infer: true });
    this.ownOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  }

  /**
   * Refuses what a page of another origin sends, before it has any effect: a browser only keeps the page from reading
   * the answer. Requests that no page sent name no origin. @throws OriginNotAllowed
   */
  refuseForeign(request: FastifyRequest): void {
    const { origin } = request.headers;
    if (origin === undefined || this.origins.has(origin) || origin === this.ownOrigin) return;
    if (origin !== `${request.protocol}://${request.host}`) throw new OriginNotAllowed();
  }

  /** Returns true when it has answered: a preflight carries no token, so it is answered before anybody is identified. */
  answer(request: FastifyRequest, reply: FastifyReply): boolean {
    // What a cache keeps of one origin's answer is not for another's.
    if (this.origins.size > 0) reply.header('vary', 'origin');
    const { origin, 'access-control-request-method': method } = request.headers;
    if (origin === undefined) return false;
    const preflight = request.method === 'OPTIONS' && method !== undefined;
    if (!this.origins.has(origin)) {
      if (preflight) throw new OriginNotAllowed();
      return false;
    }
    reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', EXPOSED);
    if (!preflight) return false;
    reply
      .header('access-control-allow-methods', METHODS)
      .header('access-control-allow-headers', `${REQUEST_HEADERS}${argumentHeaders(request)}`)
      .header('access-control-max-age', PREFLIGHT_SECONDS)
      .status(204);
    void reply.send();
    return true;
  }
}

/** Those of the headers that a preflight asks for, to be added to the list. */
function argumentHeaders({ headers }: FastifyRequest): string {
  const asked = (headers['access-control-request-headers'] ?? '').split(',').map((name) => name.trim());
  return asked
    .filter((name) => ARGUMENT_HEADER.test(name))
    .map((name) => `, ${name}`)
    .join('');
}
