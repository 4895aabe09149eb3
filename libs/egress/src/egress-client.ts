import { type AllowedHosts, NO_HOSTS } from '#config/allowed-hosts.js';
import type { OutgoingCall } from '#observability/outgoing-call.js';
import { type Connecting, PooledOrigin } from './pooled-origin.js';
import { PublicInternet } from './public-internet.js';
import { publicUrl } from './public-url.js';

export interface EgressRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The whole path at the origin, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | null;
  /** Aborted: the call ends at once with the signal's reason, and its connection is closed. */
  readonly signal?: AbortSignal;
  /** Begun already, where the body too tells which trace it belongs to. */
  readonly call?: OutgoingCall;
  /** Of the answer's body, as it comes over the wire; more ends the exchange with AnswerTooLarge. */
  readonly maxBytes: number;
  /** Until the answer begins, and between two pieces of it; as the origin has it unless told. */
  readonly answerTimeoutMs?: number;
  /** Told each piece of the answer's body as it comes, beside the whole of it at the end. It never throws. */
  readonly onData?: (chunk: Buffer, headers: EgressAnswer['headers']) => void;
}

/** Whatever the status: a redirect, too, is an answer. */
export interface EgressAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What can be done to an answer while it comes. */
export interface AnswerFlow {
  /** Reads no more until `resume`, so that the other side has to wait. */
  pause(): void;
  resume(): void;
  /** Wants no more of it: the exchange ends well, and its connection is closed. */
  end(): void;
}

/** Reads an answer while it comes. What it throws ends the exchange, which then fails with that. */
export interface AnswerReader {
  /**
   * The answer begins.
   * @returns true: its pieces are read here, and none is kept; false: it is collected, as without a reader
   */
  begins(status: number, headers: EgressAnswer['headers'], flow: AnswerFlow): boolean;
  /** One piece, valid during the call only. */
  read(chunk: Buffer): void;
}

/** One origin that may be called, with a keep-alive pool of its own. */
export interface EgressOrigin {
  /**
   * Resolves at the end of the answer; with an empty body where `reader` took its pieces.
   * @throws AnswerTooLarge, AddressRefused, the signal's reason, or what undici says (`code`: UND_ERR_…, ECONNREFUSED …)
   */
  request(request: EgressRequest, reader?: AnswerReader): Promise<EgressAnswer>;
  /** Resolves when the client is loaded, for whose time is so short that loading it must not count. */
  ready(): Promise<void>;
  /** Takes no more calls. Resolves when those under way have ended. */
  close(): Promise<void>;
  /** Takes no more calls. Those under way fail. */
  destroy(): Promise<void>;
}

export interface OriginOptions {
  /** Calls at once; more wait. 64 unless told. */
  readonly connections?: number;
  /** 10 s unless told. */
  readonly connectTimeoutMs?: number;
  /** Until the answer begins. 300 s unless told; 0: as long as it takes. */
  readonly headersTimeoutMs?: number;
  /** Between two pieces of the answer. 300 s unless told; 0: as long as it takes. */
  readonly bodyTimeoutMs?: number;
}

/** The one way out over HTTP. Each call carries the id and the trace of the request that it is made for. */
export class EgressClient {
  private readonly origins = new Set<PooledOrigin>();

  constructor(private readonly internet = new PublicInternet()) {}

  /**
   * An address that the operator wrote: allowed as configured, private or not. Redirects are never followed. Only its
   * origin counts.
   */
  configured(url: string, options: OriginOptions = {}): EgressOrigin {
    return this.keep(url, options);
  }

  /**
   * An address that somebody gave who is not trusted with the network behind this gateway, called often: a pool whose
   * every connection goes to a public address, or to one of `allowed`. Redirects are never followed.
   * @throws AddressRefused
   */
  public(url: string, options: OriginOptions = {}, allowed: AllowedHosts = NO_HOSTS): EgressOrigin {
    const { href } = publicUrl(url, undefined, allowed);
    return this.keep(href, options, this.internet.connecting(allowed, options.connectTimeoutMs));
  }

  /**
   * Any other address, whoever gave it (a request, a document, a redirect): public ones only. With no redirects left, a
   * redirect is the answer.
   * @throws AddressRefused, and what an origin's `request` throws
   */
  anywhere(
    url: string,
    request: Omit<EgressRequest, 'path'>,
    options: { readonly maxRedirects: number },
  ): Promise<EgressAnswer> {
    return this.internet.request(url, request, options.maxRedirects);
  }

  /** When every call has been answered or given up: what is still under way fails. */
  async close(): Promise<void> {
    await Promise.all([this.internet.close(), ...[...this.origins].map((origin) => origin.destroy())]);
  }

  private keep(...[url, options, connecting]: [string, OriginOptions, Connecting?]): EgressOrigin {
    const origin = new PooledOrigin(url, options, (closed) => this.origins.delete(closed), connecting);
    this.origins.add(origin);
    return origin;
  }
}
