import { Module } from '@nestjs/common';
import { HttpModule } from '#gateway/http/http.module.js';
import { SealModule } from '#gateway/seal/seal.module.js';
import { SessionsModule } from '#gateway/sessions/sessions.module.js';
import { Completions } from './completions.js';
import { LEGACY_PROVIDERS } from './legacy/legacy.providers.js';
import { McpEndpoint } from './mcp.endpoint.js';
import { McpMethods } from './mcp-methods.js';
import { McpMetrics } from './mcp.metrics.js';
import { InputRounds } from './modern/input-rounds.js';
import { Listeners } from './modern/listeners.js';
import { ModernEndpoint } from './modern/modern.endpoint.js';
import { OwnLists } from './own-lists.js';
import { PromptMethods } from './prompt-methods.js';
import { ResourceMethods } from './resource-methods.js';
import { SourceAudit } from './source-audit.js';
import { ToolLists } from './tool-lists.js';
import { ToolMethods } from './tool-methods.js';

const SHARED = [
  McpMetrics,
  SourceAudit,
  ToolLists,
  ToolMethods,
  ResourceMethods,
  PromptMethods,
  Completions,
  OwnLists,
  McpMethods,
];

/** The protocol that agents speak, in both of its eras, on one address. */
@Module({
  imports: [HttpModule, SealModule, SessionsModule],
  providers: [...SHARED, InputRounds, Listeners, ModernEndpoint, ...LEGACY_PROVIDERS, McpEndpoint],
})
export class McpModule {}
