import { Module } from '@nestjs/common';
import { LegacyEndpoint } from './legacy/legacy.endpoint.js';
import { McpEndpoint } from './mcp.endpoint.js';
import { McpMethods } from './mcp-methods.js';
import { ModernEndpoint } from './modern/modern.endpoint.js';

@Module({ providers: [McpMethods, ModernEndpoint, LegacyEndpoint, McpEndpoint] })
export class McpModule {}
