import { Module } from '@nestjs/common';
import { LegacyEndpoint } from './legacy/legacy.endpoint.js';
import { McpEndpoint } from './mcp.endpoint.js';
import { McpMethods } from './mcp-methods.js';
import { ModernEndpoint } from './modern/modern.endpoint.js';
import { Seal } from './seal.js';
import { ToolCalls } from './tool-calls.js';
import { ToolLists } from './tool-lists.js';

@Module({ providers: [Seal, ToolLists, ToolCalls, McpMethods, ModernEndpoint, LegacyEndpoint, McpEndpoint] })
export class McpModule {}
