import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { McpMethods } from '../mcp-methods.js';

/** MCP 2026-07-28: one POST, one answer, nothing kept between them. */
@Injectable()
export class ModernEndpoint {
  constructor(private readonly methods: McpMethods) {}

  post(_request: FastifyRequest, _reply: FastifyReply): void {
    void this.methods;
  }
}
