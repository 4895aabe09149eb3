import { Injectable, Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { describe } from '#gateway/http/describe-error.js';
import { ConnectRefused } from '../credentials.errors.js';
import { CredentialsMetrics } from '../credentials.metrics.js';
import { ConnectAudit, reasonOf } from './connect-audit.js';
import { AuthorisationDenied, ConnectArrival } from './connect-arrival.js';
import { ConnectDeparture } from './connect-departure.js';
import { FLOW_MS } from './connect-flows.js';
import { connectedPage, consentPage, failurePage, pagePolicy } from './connect-page.js';
import { GatewayAddress } from './gateway-address.js';

const PUBLIC = { kind: 'public' } as const;
/** Longer than any ticket. */
const MAX_FORM_BYTES = 16_384;

type Page = FastifyRequest<{ Params: { upstream: string } }>;

/**
 * Pages for the people behind the callers. A browser brings no token: a sealed ticket in its address says for whom the
 * page is, and a cookie that nobody else can have made ties the way there and back to one browser.
 */
@Injectable()
export class ConnectEndpoint {
  private readonly logger = new Logger('Connect');

  constructor(
    private readonly departure: ConnectDeparture,
    private readonly arrival: ConnectArrival,
    private readonly gateway: GatewayAddress,
    private readonly audit: ConnectAudit,
    private readonly metrics: CredentialsMetrics,
  ) {}

  /** In a scope of its own: nowhere else is a form read. */
  mount(fastify: FastifyInstance): void {
    void fastify.register((scope, _options, done) => {
      scope.addContentTypeParser(
        'application/x-www-form-urlencoded',
        { parseAs: 'string', bodyLimit: MAX_FORM_BYTES },
        (_request, body, parsed) => parsed(null, new URLSearchParams(body as string)),
      );
      scope.setErrorHandler((error, request, reply) => this.fail(error, request, reply));
      const config = (operation: string) => ({ access: PUBLIC, operation });
      const get = { method: 'GET', exposeHeadRoute: false } as const;
      scope.route({
        ...get,
        url: '/connect/:upstream',
        config: config('showConnect'),
        handler: (request, reply) => this.show(request as Page, reply),
      });
      scope.route({
        method: 'POST',
        url: '/connect/:upstream',
        config: config('startConnect'),
        handler: (request, reply) => this.start(request as Page, reply),
      });
      scope.route({
        ...get,
        url: '/connect/callback',
        config: config('finishConnect'),
        handler: (request, reply) => this.finish(request, reply),
      });
      scope.route({
        ...get,
        url: '/connect/client.json',
        config: config('getClientMetadata'),
        handler: (_request, reply) => this.describeClient(reply),
      });
      done();
    });
  }

  private async show(request: Page, reply: FastifyReply): Promise<void> {
    const { upstream } = request.params;
    const sealed = queryOf(request).get('ticket') ?? '';
    const offer = await this.departure.look(upstream, sealed);
    const html = consentPage(offer, this.pathOf(upstream), sealed);
    this.send(reply, 200, html, pagePolicy(offer.user.server.metadata.authorization_endpoint));
  }

  private async start(request: Page, reply: FastifyReply): Promise<void> {
    this.refuseForeign(request);
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const { location, cookie } = await this.departure.depart(request.params.upstream, form.get('ticket') ?? '');
    this.metrics.connect('asked');
    void reply
      .status(303)
      .header('location', location)
      .header('referrer-policy', 'no-referrer')
      .header('set-cookie', this.cookie(...cookie, FLOW_MS / 1_000))
      .send();
  }

  private async finish(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const parameters = queryOf(request);
    let cookie = '';
    const flow = await this.arrival.open(parameters, (name) => cookieIn(request, this.cookieName((cookie = name))));
    void reply.header('set-cookie', this.cookie(cookie, '', 0));
    try {
      await this.arrival.finish(flow, parameters);
    } catch (error) {
      this.metrics.connect('failed');
      this.audit.record('upstream.connect', flow, deniedBy(error) ?? reasonOf(error));
      throw error;
    }
    this.metrics.connect('connected');
    this.audit.record('upstream.connect', flow);
    this.send(reply, 200, connectedPage(flow.upstream));
  }

  /** What an authorisation server that takes client ids that are addresses reads there. */
  private describeClient(reply: FastifyReply): void {
    const { clientDocument: id, callback } = this.gateway;
    if (id === undefined) throw new ConnectRefused('The gateway has no address that others could know it by.');
    void reply.type('application/json').send({
      client_id: id,
      client_name: 'Achilles Gateway',
      redirect_uris: [callback],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    });
  }

  /** A page of somebody else's that sends the form would spare the user the question. @throws ConnectRefused */
  private refuseForeign({ headers }: FastifyRequest): void {
    const { origin, 'sec-fetch-site': site } = headers;
    const isOwn = origin === new URL(this.gateway.base).origin && (site === undefined || site === 'same-origin');
    if (!isOwn) throw new ConnectRefused('This form was not sent by the page that it belongs to.');
  }

  private fail(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const denied = deniedBy(error);
    const { problem, headers, unexpected } = describe(error);
    if (unexpected && denied === undefined) this.logger.error(error, `${request.routeOptions.url} failed`);
    request.problemCode = denied ?? problem.code;
    const reason = denied === undefined ? problem.detail : `The authorisation server says: ${denied}.`;
    void reply.headers(headers);
    this.send(reply, denied === undefined ? problem.status : 403, failurePage(reason));
  }

  private send(reply: FastifyReply, status: number, html: string, policy = pagePolicy()): void {
    void reply
      .status(status)
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy)
      // A form says where it was sent from only where its page may.
      .header('referrer-policy', 'same-origin')
      .send(html);
  }

  private pathOf(upstream: string): string {
    return new URL(`${this.gateway.base}/connect/${upstream}`).pathname;
  }

  /** With the prefix that no other host, and no page without TLS, can set. */
  private cookieName(name: string): string {
    return this.gateway.base.startsWith('https:') ? `__Host-connect-${name}` : `connect-${name}`;
  }

  private cookie(name: string, value: string, seconds: number): string {
    const secure = this.gateway.base.startsWith('https:') ? '; Secure' : '';
    return `${this.cookieName(name)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
  }
}

const deniedBy = (error: unknown): string | undefined =>
  error instanceof AuthorisationDenied ? error.message : undefined;

function queryOf({ raw }: FastifyRequest): URLSearchParams {
  const mark = raw.url!.indexOf('?');
  return new URLSearchParams(mark === -1 ? '' : raw.url!.slice(mark + 1));
}

/** @returns undefined where there are several: which of them is ours, nobody could say */
function cookieIn({ headers }: FastifyRequest, name: string): string | undefined {
  const found = (headers.cookie ?? '').split(';').flatMap((pair) => {
    const [key, value] = pair.trim().split('=', 2);
    return key === name && value !== undefined ? [value] : [];
  });
  return found.length === 1 ? found[0] : undefined;
}
