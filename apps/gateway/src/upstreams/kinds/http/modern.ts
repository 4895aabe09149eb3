import { beginCall } from '#observability/outgoing-call.js';
import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import { SILENT } from '#gateway/tools/call-channel.js';
import type { UpstreamDescription, UpstreamRequest } from '../../upstream-connection.js';
import { UpstreamDefinitionStale } from '../../upstreams.errors.js';
import { callIn } from './messages.js';
import { mirror } from './mirrored.js';
import { faultIn, failureOf, refusal, resultOf, rpcError } from './outcome.js';
import { MAX_ANSWER_BYTES, post, type Posted } from './post.js';
import { tellCaller } from './told.js';
import { CLIENT_INFO, type Endpoint, type Wire } from './wire.js';

export const MODERN_VERSION = '2026-07-28';

const HEADER_MISMATCH = -32_020;
const UNSUPPORTED_VERSION = -32_022;
/** Of implementations, and of the revisions before: nothing of 2026-07-28 has these. */
const OLD_CODES = { from: -32_019, to: -32_000 };
const MODERN_CODES = { from: -32_099, to: -32_020 };
/** Statuses that say nothing of what is spoken: who may come in, how often, how quickly. */
const ABOUT_ANOTHER_THING: ReadonlySet<number> = new Set([401, 403, 408, 429]);

const META = 'io.modelcontextprotocol/';
const META_BEGIN = `"_meta":{"${META}protocolVersion":"${MODERN_VERSION}","${META}clientInfo":${JSON.stringify(CLIENT_INFO)},"${META}clientCapabilities":`;

/** Whoever answered does not speak 2026-07-28, or no longer. The request was not carried out. */
export class NotModern extends Error {
  constructor(override readonly cause: Error) {
    super('the upstream does not speak 2026-07-28');
  }
}

type ModernRequest = Pick<UpstreamRequest, 'method' | 'params' | 'signal' | 'channel' | 'definition'>;

/** Requests of 2026-07-28: each is one POST, which says everything by itself. */
export class ModernCalls {
  constructor(readonly wire: Wire) {}

  /** @throws NotModern, UpstreamDefinitionStale, and what `request` of a connection throws */
  async call(request: ModernRequest, endpoint: Endpoint): Promise<JsonObject> {
    const { upstream } = this.wire;
    let posted: Posted;
    try {
      posted = await this.send(request, endpoint);
    } catch (error) {
      throw failureOf(error, upstream, request.signal);
    }
    if (posted.status > 399 || request.method === 'server/discover') this.judge(posted, request, endpoint);
    return resultOf(posted, upstream, endpoint.hide);
  }

  /** @throws as `call` */
  async discover(endpoint: Endpoint, signal: AbortSignal): Promise<UpstreamDescription> {
    const found = await this.call({ method: 'server/discover', params: {}, signal, channel: SILENT }, endpoint);
    const { supportedVersions, capabilities, instructions, _meta: meta } = found;
    if (!Array.isArray(supportedVersions) || !supportedVersions.includes(MODERN_VERSION)) {
      throw new NotModern(new Error(`it speaks ${String(supportedVersions)}`));
    }
    const serverInfo = isObject(meta) ? meta[`${META}serverInfo`] : undefined;
    return {
      era: 'modern',
      version: MODERN_VERSION,
      capabilities: isObject(capabilities) ? capabilities : {},
      ...(isObject(serverInfo) && { serverInfo }),
      ...(typeof instructions === 'string' && { instructions }),
    };
  }

  /** Headers and body of a request, for whoever reads the answer in another way. */
  message(
    { method, params, channel, definition }: Omit<ModernRequest, 'signal'>,
    endpoint: Endpoint,
    id: number,
    trace: Readonly<Record<string, string>>,
  ): { readonly headers: Record<string, string>; readonly body: string } {
    const headers: Record<string, string> = { ...endpoint.headers, 'mcp-protocol-version': MODERN_VERSION };
    mirror(headers, method, params, definition);
    const { capabilities, inputResponses, requestState, logLevel, wantsProgress } = channel;
    let meta = META_BEGIN + JSON.stringify(capabilities);
    if (wantsProgress !== false) meta += `,"progressToken":${id}`;
    if (logLevel !== undefined) meta += `,"${META}logLevel":"${logLevel}"`;
    for (const name in trace) if (name.startsWith('trace')) meta += `,"${name}":${JSON.stringify(trace[name])}`;
    let own = JSON.stringify('_meta' in params ? { ...params, _meta: undefined } : params).slice(1, -1);
    if (own !== '') own += ',';
    if (inputResponses !== undefined) own += `"inputResponses":${JSON.stringify(inputResponses)},`;
    if (requestState !== undefined) own += `"requestState":${JSON.stringify(requestState)},`;
    const body = `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":{${own}${meta}}}}`;
    return { headers, body };
  }

  private send(request: ModernRequest, endpoint: Endpoint): Promise<Posted> {
    const { wire } = this;
    const { signal, channel } = request;
    const id = wire.nextId();
    const call = beginCall('POST', wire.host);
    const { headers, body } = this.message(request, endpoint, id, call.headers);
    return post({
      upstream: wire.upstream,
      origin: wire.calls,
      id,
      request: { method: 'POST', path: endpoint.path, headers, body, signal, call, maxBytes: MAX_ANSWER_BYTES },
      hear: (message) => {
        const told = callIn(message);
        // Nobody asks anything in this era.
        if (told?.id === undefined && told) tellCaller(told, channel, id);
      },
    });
  }

  /** @throws where the refusal means more than that the request is wrong */
  private judge(posted: Posted, { method, params, definition }: ModernRequest, { hide }: Endpoint): void {
    const { status } = posted;
    if (ABOUT_ANOTHER_THING.has(status) || status > 499) return;
    const { upstream } = this.wire;
    const fault = faultIn(posted);
    if (!fault) {
      if (status > 399) throw new NotModern(refusal(posted, upstream));
      return;
    }
    const { code } = fault;
    if (code === HEADER_MISMATCH && definition) throw new UpstreamDefinitionStale(upstream, String(params['name']));
    const isOld = status > 399 && code >= OLD_CODES.from && code <= OLD_CODES.to;
    const isUnknown = method === 'server/discover' && (code > MODERN_CODES.to || code < MODERN_CODES.from);
    if (isOld || isUnknown || code === UNSUPPORTED_VERSION) throw new NotModern(rpcError(upstream, fault, hide));
  }
}
