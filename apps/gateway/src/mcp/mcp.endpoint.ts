import { Injectable, Logger, NotFoundException } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Cors } from '#gateway/http/cors.js';
import { describe } from '#gateway/http/describe-error.js';
import { PROBLEM_MEDIA_TYPE } from '#gateway/http/problem.js';
import { MAIN_PATH, type Mount, Mounts } from '#gateway/tools/mount.js';
import { isObject } from '#gateway/tools/tool.js';
import { errorMessage, RPC, RpcError } from './json-rpc.js';
import { LegacyEndpoint } from './legacy/legacy.endpoint.js';
import { MESSAGES_PATH, Sse2024Endpoint, STREAM_PATH } from './legacy/sse-2024.endpoint.js';
import { ModernEndpoint } from './modern/modern.endpoint.js';
import { MODERN_VERSION, versionIn } from './modern/request-meta.js';
import { failureCode } from './rpc-faults.js';
import { idOf, readMessage } from './rpc-message.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a request of MCP. */
    mount?: Mount;
  }
}

/** Whoever is known may speak; what it may do is decided by tool, resource and prompt. */
const ANY_CALLER = { kind: 'scopes', scopes: [], sessionToken: false } as const;

/** Fastify's patterns: `/mcp` itself, and what providers mount below it. */
const PATHS = [MAIN_PATH, `${MAIN_PATH}/u/:mount`, `${MAIN_PATH}/v/:mount`].flatMap((path) => [path, `${path}/`]);

/** What is wrong with a body before anybody reads it as a message, by the problem's code. */
const BODY_FAULTS: Readonly<Record<string, number>> = {
  malformed_json: RPC.PARSE_ERROR,
  body_too_deep: RPC.INVALID_REQUEST,
  too_many_keys: RPC.INVALID_REQUEST,
  duplicate_keys: RPC.INVALID_REQUEST,
  body_too_large: RPC.INVALID_REQUEST,
  unsupported_media_type: RPC.SERVER_ERROR,
  unsupported_encoding: RPC.SERVER_ERROR,
};

/** Both eras on one address. Which one a request speaks stands in its body, and is decided for each by itself. */
@Injectable()
export class McpEndpoint {
  private readonly logger = new Logger('Mcp');

  constructor(
    private readonly modern: ModernEndpoint,
    private readonly legacy: LegacyEndpoint,
    private readonly sse: Sse2024Endpoint,
    private readonly mounts: Mounts,
    private readonly cors: Cors,
  ) {}

  mount(fastify: FastifyInstance): void {
    const shared = {
      config: { access: ANY_CALLER, operation: 'mcp' },
      onRequest: (request: FastifyRequest, _reply: FastifyReply, done: () => void) => {
        this.cors.refuseForeign(request);
        done();
      },
      // When it is known who asks.
      preHandler: (request: FastifyRequest, _reply: FastifyReply, done: () => void) => {
        request.mount = this.mountOf(request);
        done();
      },
      errorHandler: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
        this.answerFailure(error, request, reply),
    };
    for (const url of PATHS) {
      fastify.route({ ...shared, method: 'POST', url, handler: (request, reply) => this.post(request, reply) });
      fastify.route({
        ...shared,
        method: 'GET',
        url,
        exposeHeadRoute: false,
        handler: (request, reply) => this.otherwise(request, reply, 'get'),
      });
      fastify.route({
        ...shared,
        method: 'DELETE',
        url,
        handler: (request, reply) => this.otherwise(request, reply, 'delete'),
      });
    }
    fastify.route({
      ...shared,
      method: 'GET',
      url: STREAM_PATH,
      exposeHeadRoute: false,
      handler: (request, reply) => this.sse.open(request, reply),
    });
    fastify.route({
      ...shared,
      method: 'POST',
      url: MESSAGES_PATH,
      handler: (request, reply) => this.sse.message(request, reply),
    });
  }

  /** @throws NotFoundException for what is not there, for this caller at least */
  private mountOf({ url, caller }: FastifyRequest): Mount {
    const path = url.split('?', 1)[0]!.replace(/\/$/, '');
    // The addresses of 2024-11-05 belong to the main mount.
    const mount = path === STREAM_PATH || path === MESSAGES_PATH ? this.mounts.main : this.mounts.find(path, caller!);
    if (!mount) throw new NotFoundException();
    return mount;
  }

  /** @throws RpcError */
  private post(request: FastifyRequest, reply: FastifyReply): void {
    const { body } = request;
    if (body === undefined || body === null) throw new RpcError(RPC.PARSE_ERROR, 'The body is empty.', 400);
    if (!this.isModern(request, body)) return this.legacy.post(request, reply);
    if (Array.isArray(body)) throw new RpcError(RPC.INVALID_REQUEST, 'This version of MCP knows no batches.', 400);
    this.modern.post(request, reply, readMessage(body));
  }

  /** Streams and sessions are of the revisions before 2026-07-28. */
  private otherwise(request: FastifyRequest, reply: FastifyReply, how: 'get' | 'delete'): void {
    const { 'mcp-protocol-version': version, 'mcp-session-id': session } = request.headers;
    if (session !== undefined || !isModernVersion(version)) return this.legacy[how](request, reply);
    const fault = new RpcError(RPC.METHOD_NOT_FOUND, 'This version of MCP is spoken with POST alone.', 405);
    reply.header('allow', 'POST');
    throw fault;
  }

  /** By the body; by the header only where the body is silent, and never against it. */
  private isModern({ headers }: FastifyRequest, body: unknown): boolean {
    if (Array.isArray(body)) return body.some((each) => isObject(each) && versionIn(each['params']) !== undefined);
    if (!isObject(body)) return isModernVersion(headers['mcp-protocol-version']);
    if (versionIn(body['params']) !== undefined || body['method'] === 'server/discover') return true;
    return isModernVersion(headers['mcp-protocol-version']) && body['method'] !== 'initialize';
  }

  /** What is wrong with a message is told in a message; who may not come in hears it as everywhere else. */
  private answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { problem, headers, unexpected } = describe(error);
    const bodyFault = BODY_FAULTS[problem.code];
    const ofBody = bodyFault === undefined ? undefined : new RpcError(bodyFault, problem.detail, problem.status);
    const fault = error instanceof RpcError ? error : ofBody;
    request.problemCode = error instanceof RpcError ? failureCode(error) : problem.code;
    if (fault) {
      void reply
        .status(fault.status)
        .type('application/json')
        .send(errorMessage(idOf(request.body), fault));
      return;
    }
    if (unexpected) this.logger.error(error, `${request.method} ${request.url.split('?')[0]} failed`);
    void reply.status(problem.status).headers(headers).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
  }
}

/** Revisions are dates; later ones, which are not known here, are of the same kind. */
const isModernVersion = (version: unknown): boolean =>
  typeof version === 'string' && /^\d{4}-\d\d-\d\d$/.test(version) && version >= MODERN_VERSION;
