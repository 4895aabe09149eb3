import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import type { Caller } from '#core/caller.js';
import type { Scope } from '#gateway/auth/scopes.js';
import { VERSION } from '#gateway/health/version.js';
import type {
  Listed,
  ResourceAnswer,
  ResourceDefinition,
  ResourceProvider,
  ResourceTemplate,
  SourceRequest,
} from '#gateway/tools/tool-source.js';
import { ResourceNotFound } from '#gateway/tools/tools.errors.js';
import { RunGuard } from '../running/run-guard.js';
import { RuntimeConfig } from './runtime-config.service.js';
import { SERVICE } from './service-name.js';

const ROOT = 'dynamic://';
const JSON_TEXT = { mimeType: 'application/json' };

interface OwnResource {
  readonly definition: ResourceDefinition;
  /** Nobody without it learns that there is the resource. */
  readonly scope: Scope;
  value(caller: Caller): object;
}

/** What clients of dynamic-mcp read of the service itself. */
@Injectable()
export class ControlResources implements ResourceProvider {
  private readonly resources: readonly OwnResource[];

  constructor(guard: RunGuard, runtime: RuntimeConfig, config: ConfigService<Config, true>) {
    const profile = config.get('MCP_PROFILE', { infer: true });
    const readOnly = config.get('MCP_DYNAMIC_READ_ONLY', { infer: true });
    this.resources = [
      {
        definition: described('service/meta', 'service-meta', 'What this service is, and its version.'),
        scope: 'tools:call',
        value: () => ({ service: SERVICE, version: VERSION, profile, readOnly, engines: ['wasm', 'docker'] }),
      },
      {
        definition: described('service/runtime-config', 'runtime-config', 'The configuration, without secrets.'),
        scope: 'tools:admin',
        value: () => runtime.snapshot(),
      },
      {
        definition: described('metrics/guard', 'guard-metrics', "What the guard of runs did for the caller's tenant."),
        scope: 'tools:call',
        value: ({ tenant }) => guard.report(tenant),
      },
    ];
  }

  owns(uri: string): boolean {
    return uri.startsWith(ROOT);
  }

  list({ caller }: SourceRequest): Promise<Listed<ResourceDefinition>> {
    return Promise.resolve({ items: this.visibleTo(caller).map(({ definition }) => definition) });
  }

  templates(): readonly ResourceTemplate[] {
    return [];
  }

  /** @throws ResourceNotFound */
  async read({ caller }: SourceRequest, uri: string): Promise<ResourceAnswer> {
    const found = this.visibleTo(caller).find(({ definition }) => definition.uri === uri);
    if (!found) throw new ResourceNotFound(uri);
    return { contents: [{ uri, ...JSON_TEXT, text: JSON.stringify(found.value(caller)) }] };
  }

  private visibleTo({ scopes }: Caller): readonly OwnResource[] {
    return this.resources.filter(({ scope }) => scopes.has(scope));
  }
}

const described = (path: string, name: string, description: string): ResourceDefinition => ({
  uri: ROOT + path,
  name,
  description,
  ...JSON_TEXT,
});
