import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { McpMethods } from '../mcp-methods.js';

/** MCP 2025-03-26 to 2025-11-25: a handshake, sessions, and a stream from the server. */
@Injectable()
export class LegacyEndpoint {
  constructor(private readonly methods: McpMethods) {}

  post(_request: FastifyRequest, _reply: FastifyReply): void {
    void this.methods;
  }

  get(_request: FastifyRequest, _reply: FastifyReply): void {}

  delete(_request: FastifyRequest, _reply: FastifyReply): void {}
}
