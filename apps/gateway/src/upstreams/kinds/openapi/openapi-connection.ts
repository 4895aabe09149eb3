import type { OpenApiUpstream } from '#config/upstreams-file.js';
import type { Caller } from '#core/caller.js';
import type { EgressAnswer } from '#egress/egress-client.js';
import { AddressRefused, AnswerTooLarge } from '#egress/egress.errors.js';
import type { JsonObject, ToolResult } from '#gateway/tools/tool.js';
import { BackendUnavailable, InvalidResult, UpstreamResponse, UpstreamRpcError } from '#gateway/tools/tools.errors.js';
import type { Credential, Credentials } from '../../credentials/credentials.js';
import type {
  UpstreamConnection,
  UpstreamDescription,
  UpstreamNews,
  UpstreamRequest,
} from '../../upstream-connection.js';
import type { UpstreamOrigins } from '../../upstream-origin.js';
import { UpstreamAddressRefused } from '../../upstreams.errors.js';
import { apiAddress } from './api-address.js';
import type { ApiOperation } from './api-operation.js';
import { ApiOutlet } from './api-outlet.js';
import { ArgumentChecks } from './argument-checks.js';
import { ArgumentFault } from './argument-fault.js';
import { type ApiRequest, buildRequest } from './build-request.js';
import { DocumentFault } from './document-faults.js';
import type { DocumentKeeper, KeptDocument } from './document-keeper.js';
import { readAnswer } from './read-answer.js';
import { Secrets } from './secrets.js';
import { encode } from './serialise.js';
import { waitFor } from './wait-for.js';

/** What is longer is not read to its end: no result may be. */
const MAX_ANSWER_BYTES = 32 * 1_024 * 1_024;

const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;

/** What a connection needs. */
export interface OpenApiParts {
  readonly spec: OpenApiUpstream;
  /** `url`, whether it was written or stands in a variable. */
  readonly address: string | undefined;
  readonly keeper: DocumentKeeper;
  readonly origins: UpstreamOrigins;
  readonly credentials: Credentials;
}

/** An HTTP API that has an OpenAPI document: each operation is a tool, each call one HTTP call. */
export class OpenApiConnection implements UpstreamConnection {
  private readonly checks = new ArgumentChecks();
  private outlet: ApiOutlet | undefined;
  private outletOf = '';

  constructor(private readonly parts: OpenApiParts) {}

  async describe(_caller: Caller | undefined, signal: AbortSignal): Promise<UpstreamDescription> {
    const { title, version, description } = (await waitFor(this.parts.keeper.current(), signal)).document;
    return {
      era: 'modern',
      version: '2026-07-28',
      capabilities: { tools: { listChanged: true } },
      serverInfo: { name: title, version },
      ...(description !== undefined && { instructions: description }),
    };
  }

  async request(request: UpstreamRequest): Promise<JsonObject> {
    const { method, signal } = request;
    const { keeper, spec } = this.parts;
    switch (method) {
      case 'tools/list': {
        const { document } = await waitFor(keeper.fresh(), signal);
        return { tools: document.operations.map(({ definition }) => definition) };
      }
      case 'tools/call':
        return this.call(await waitFor(keeper.current(), signal), request);
      case 'ping':
        return {};
      default:
        throw new UpstreamRpcError(spec.name, METHOD_NOT_FOUND, `an API has no ${method.slice(0, 64)}`);
    }
  }

  listen(hear: (news: UpstreamNews) => void): () => void {
    return this.parts.keeper.onChange(() => hear({ kind: 'tools' }));
  }

  subscribe(): () => void {
    return () => undefined;
  }

  async ping(signal: AbortSignal): Promise<void> {
    const { spec } = this.parts;
    const kept = await waitFor(this.parts.keeper.current(), signal);
    const status = await this.guarded(signal, () => this.outletFor(kept).knock(signal));
    if (status === 502 || status === 503 || status === 504) throw new UpstreamResponse(spec.name, status);
  }

  status(): JsonObject {
    const { spec, keeper } = this.parts;
    return {
      document: withoutQuery(spec.document),
      ...keeper.status(),
      ...(this.outlet && { at: this.outlet.url.origin }),
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.parts.keeper.close(), this.outlet?.close()]);
  }

  private async call(kept: KeptDocument, { params, caller, signal }: UpstreamRequest): Promise<ToolResult> {
    const { spec, credentials } = this.parts;
    const { name, arguments: args = {} } = params as { name?: unknown; arguments?: JsonObject };
    const operation = kept.operations.get(String(name));
    if (!operation) throw new UpstreamRpcError(spec.name, INVALID_PARAMS, 'there is no such operation');
    const request = await this.prepared(operation, args);
    if (typeof request === 'string') return { content: [{ type: 'text', text: request }], isError: true };
    const outlet = this.outletFor(kept);
    const credential = await credentials.of(spec, caller, signal);
    let answer = await this.send(outlet, request, credential, signal);
    let shown = credential;
    // It was refused before anything was done: once more with another credential, where there is one.
    if (answer.status === 401 && credentials.refused(spec, caller, credential)) {
      shown = await credentials.of(spec, caller, signal);
      answer = await this.send(outlet, request, shown, signal);
    }
    return readAnswer(answer, spec.name, new Secrets(shown));
  }

  /** @returns what is wrong with the arguments, for the caller, in place of a request */
  private async prepared(operation: ApiOperation, args: JsonObject): Promise<ApiRequest | string> {
    try {
      await this.checks.check(operation.definition, args);
      return buildRequest(operation, args);
    } catch (error) {
      if (error instanceof ArgumentFault) return error.message;
      throw error;
    }
  }

  private send(outlet: ApiOutlet, request: ApiRequest, shown: Credential, signal: AbortSignal): Promise<EgressAnswer> {
    const { method, path, body } = request;
    const names = Object.keys(shown.query).map((name) => `${encode(name)}=`);
    // A caller's argument does not stand in for a credential.
    const query = request.query.filter((piece) => !names.some((name) => piece.startsWith(name)));
    for (const [name, value] of Object.entries(shown.query)) query.push(`${encode(name)}=${encode(value)}`);
    const headers = { ...request.headers, ...lowerCase(this.parts.spec.headers), ...lowerCase(shown.headers) };
    const sent = { method, path, headers, body, signal, maxBytes: MAX_ANSWER_BYTES };
    return this.guarded(signal, () => outlet.request(sent, query));
  }

  /** @throws InvalidResult, BackendUnavailable, UpstreamResponse, or the signal's reason */
  private async guarded<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    const { name } = this.parts.spec;
    try {
      return await ask();
    } catch (error) {
      if (signal.aborted) throw signal.reason as Error;
      if (error instanceof AnswerTooLarge) {
        if (error.status > 299) throw new UpstreamResponse(name, error.status);
        throw new InvalidResult(name, `it has more than ${error.maxBytes} bytes`);
      }
      if (error instanceof AddressRefused) throw new UpstreamAddressRefused(name, error.reason);
      throw new BackendUnavailable(name, error);
    }
  }

  /** @throws InvalidResult */
  private outletFor({ document }: KeptDocument): ApiOutlet {
    const { spec, address, origins } = this.parts;
    try {
      const { url, voucher } = apiAddress(spec, address, document.server);
      if (!this.outlet || this.outletOf !== `${voucher} ${url}`) {
        const before = this.outlet;
        this.outlet = new ApiOutlet(new URL(url), origins.openAt(spec, url, voucher));
        this.outletOf = `${voucher} ${url}`;
        void before?.close();
      }
      return this.outlet;
    } catch (error) {
      if (error instanceof DocumentFault) throw new InvalidResult(spec.name, error.message);
      throw error;
    }
  }
}

const lowerCase = (headers: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** A query may hold a credential. */
function withoutQuery(document: string): string {
  if (!URL.canParse(document) || !/^https?:/i.test(document)) return document;
  const { origin, pathname } = new URL(document);
  return origin + pathname;
}
