import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { FastifyRequest } from 'fastify';
import type { Config } from '#config/env.js';
import {
  AmbiguousHost,
  ForeignHost,
  MalformedRequest,
  RepeatedHeader,
  TooManyHeaders,
  UnsupportedEncoding,
  UriTooLong,
} from './http.errors.js';

/** Longer ones fit in MAX_HEADER_BYTES, but no route has a use for them. */
const MAX_URL_BYTES = 8_192;

/** What this machine calls itself, with any port. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Refuses what Node and Fastify would read in one of several ways: two proxies that read it differently disagree on what
 * was asked, and of whom.
 */
@Injectable()
export class MalformedRequests {
  private readonly maxHeaders: number;
  /** The host of PUBLIC_URL. */
  private readonly ownHost: string | undefined;
  /** Whoever reaches the address of this machine is taken for its user. */
  private readonly trustsLoopback: boolean;

  constructor(config: ConfigService<Config, true>) {
    this.maxHeaders = config.get('MAX_HEADERS');
    const publicUrl = config.get('PUBLIC_URL', { infer: true });
    this.ownHost = publicUrl === undefined ? undefined : new URL(publicUrl).host;
    this.trustsLoopback = config.get('AUTH_MODE', { infer: true }) === 'none';
  }

  refuse({ raw }: FastifyRequest): void {
    const { rawHeaders, headers, httpVersion, url } = raw;
    if (rawHeaders.length > this.maxHeaders * 2) throw new TooManyHeaders(this.maxHeaders);
    if (url!.length > MAX_URL_BYTES) throw new UriTooLong(MAX_URL_BYTES);
    // An absolute address names a host of its own; nothing that speaks to an origin server sends one.
    if (url!.charCodeAt(0) !== 0x2f) throw new MalformedRequest();
    // Node takes `GET /` without a version for HTTP/0.9.
    if (httpVersion !== '1.1' && httpVersion !== '1.0') throw new MalformedRequest();
    if (!headers.host && httpVersion === '1.1') throw new AmbiguousHost();
    refuseRepeated(rawHeaders);
    const coding = headers['transfer-encoding'];
    if (coding !== undefined && coding.toLowerCase() !== 'chunked') throw new MalformedRequest();
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') throw new UnsupportedEncoding();
    if (this.trustsLoopback) this.refuseRebound(headers.host);
  }

  /** A page may have its own name resolved to 127.0.0.1 and so come in as if it were this machine's user. */
  private refuseRebound(host: string | undefined): void {
    if (host !== undefined && host.toLowerCase() !== this.ownHost && !LOOPBACK.test(host)) throw new ForeignHost();
  }
}

/** Node keeps the first of these and drops the others, without a word. `Authorization` is the guard's. */
function refuseRepeated(rawHeaders: readonly string[]): void {
  let hosts = 0;
  let types = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === 4) {
      if (name.toLowerCase() === 'host' && ++hosts > 1) throw new AmbiguousHost();
    } else if (name.length === 12) {
      if (name.toLowerCase() === 'content-type' && ++types > 1) throw new RepeatedHeader('Content-Type');
    }
  }
}
