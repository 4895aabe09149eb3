import type { ServerOptions } from 'node:http';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import type { Config } from '#config/env.js';
import { RequestLog } from '#observability/request-log.js';
import { ExpectationFailed } from './http.errors.js';
import { refuseConnection, refuseUnroutable, writeProblem } from './refused-connection.js';
import { requestIdOf } from './request-id.js';
import { readKeyPair } from './tls.js';
import { trustedProxies } from './trusted-proxies.js';

/** Longer than the 60 s after which nginx and the clouds' balancers close: whoever closes first breaks no request. */
const KEEP_ALIVE_MS = 72_000;

/** What Fastify and Node are told: every default of theirs that waits, grows or answers without bound is set here. */
export function serverOptions(config: Config): FastifyServerOptions {
  const log = new RequestLog(config.LOG_LEVEL);
  const requestTimeout = config.REQUEST_TIMEOUT_SECONDS * 1_000;
  const headersTimeout = Math.min(config.HEADERS_TIMEOUT_SECONDS * 1_000, requestTimeout);
  const http: ServerOptions = {
    maxHeaderSize: config.MAX_HEADER_BYTES,
    headersTimeout,
    requestTimeout,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: Math.max(50, Math.min(1_000, headersTimeout / 4)),
    // Missing ones are refused by us, in the same words as everything else.
    requireHostHeader: false,
    noDelay: true,
  };
  return {
    ...(readKeyPair(config) === undefined ? { http } : { https: { ...http, ...tlsOptions(config, headersTimeout) } }),
    bodyLimit: config.MAX_BODY_BYTES,
    requestTimeout,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Of a socket on which nothing moves; see `cutStalledReader`.
    connectionTimeout: requestTimeout,
    forceCloseConnections: 'idle',
    // What is in flight when the gateway stops is answered, not refused.
    return503OnClosing: false,
    genReqId: requestIdOf,
    requestIdHeader: false,
    trustProxy: trustedProxies(config.TRUSTED_PROXIES),
    clientErrorHandler: (error, socket) => refuseConnection(error, socket, log),
    frameworkErrors: (error, request, reply) => refuseUnroutable(error, request, reply, log),
  } as FastifyServerOptions;
}

const tlsOptions = (config: Config, handshakeTimeout: number) => ({
  ...readKeyPair(config),
  minVersion: config.TLS_MIN_VERSION,
  handshakeTimeout,
});

/** What Node takes of a server only once it is there. */
export function boundServer({ server }: FastifyInstance, config: Config): void {
  // One more than are taken: Node drops what is beyond without a word, and then nobody could tell.
  server.maxHeadersCount = config.MAX_HEADERS + 1;
  server.maxConnections = config.MAX_CONNECTIONS;
  server.on('checkExpectation', (request, response) =>
    writeProblem(response, new ExpectationFailed(), requestIdOf(request)),
  );
}
