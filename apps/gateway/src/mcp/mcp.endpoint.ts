import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LegacyEndpoint } from './legacy/legacy.endpoint.js';
import { ModernEndpoint } from './modern/modern.endpoint.js';

/** Whoever is known may speak; what it may do is decided by tool, resource and prompt. */
const ANY_CALLER = { kind: 'scopes', scopes: [], sessionToken: false } as const;

const PATHS = ['/mcp', '/mcp/'];

/** Both eras on one address. Which one a request speaks stands in its body, and is decided for each by itself. */
@Injectable()
export class McpEndpoint {
  constructor(
    private readonly modern: ModernEndpoint,
    private readonly legacy: LegacyEndpoint,
  ) {}

  mount(fastify: FastifyInstance): void {
    const config = { access: ANY_CALLER, operation: 'mcp' };
    for (const url of PATHS) {
      fastify.route({ method: 'POST', url, config, handler: (request, reply) => this.post(request, reply) });
      fastify.route({ method: 'GET', url, config, handler: (request, reply) => this.legacy.get(request, reply) });
      fastify.route({ method: 'DELETE', url, config, handler: (request, reply) => this.legacy.delete(request, reply) });
    }
  }

  private post(request: FastifyRequest, reply: FastifyReply): void {
    this.modern.post(request, reply);
  }
}
