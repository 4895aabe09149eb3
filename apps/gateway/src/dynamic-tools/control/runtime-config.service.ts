import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';

/**
 * What may be told of the configuration, by section. Numbers, switches and names of choices are told as they are; whatever
 * holds a secret, a path or an address that could hold one is told only by whether it is set.
 */
const TOLD = {
  transport: {
    as: ['HOST', 'PORT', 'TLS_ENABLED', 'WORKERS', 'MCP_TOOL_SEARCH'],
    set: ['PUBLIC_URL', 'TRUSTED_PROXIES', 'CORS_ORIGINS'],
  },
  dynamic: {
    as: ['MCP_PROFILE', 'MCP_DYNAMIC_READ_ONLY', 'MCP_DYNAMIC_MAX_TOOLS', 'DYNAMIC_TOOLS_REQUIRE_APPROVAL'],
    set: ['DATABASE_URL', 'REDIS_URL'],
  },
  auth: {
    as: ['AUTH_MODE', 'AUTH_CLOCK_TOLERANCE_SECONDS', 'MCP_REQUIRE_ADMIN_TOKEN'],
    set: ['MCP_ADMIN_TOKEN', 'AUTH_ISSUER', 'AUTH_JWKS_URL'],
  },
  security: {
    as: ['RATE_LIMIT_RPM', 'MCP_TOOL_MAX_CONCURRENCY', 'MCP_TOOL_MAX_CALLS_PER_WINDOW', 'MCP_TOOL_RATE_WINDOW_MS'],
    set: ['SESSION_KEY', 'VAULT_KEY'],
  },
  sandbox: {
    as: [
      'MCP_SANDBOX_MAX_OUTPUT_BYTES',
      'MCP_SANDBOX_MAX_TIMEOUT_MS',
      'SANDBOX_WASM_WORKERS',
      'SANDBOX_WASM_MEMORY_MB',
      'SANDBOX_WASM_QUEUE',
      'MCP_SANDBOX_ALLOWED_IMAGES',
      'MCP_SANDBOX_BLOCKED_PACKAGES',
      'MCP_SANDBOX_MAX_DEPENDENCIES',
      'MCP_SANDBOX_MEMORY_LIMIT',
      'MCP_SANDBOX_CPU_LIMIT',
      'MCP_SANDBOX_SESSION_TIMEOUT_SECONDS',
      'MCP_SANDBOX_MAX_SESSIONS',
    ],
    set: ['DOCKER_HOST', 'SANDBOX_NPM_REGISTRY'],
  },
  audit: {
    as: ['AUDIT_FAIL_MODE', 'AUDIT_MAX_FILE_BYTES', 'AUDIT_MAX_FILES'],
    set: ['AUDIT_FILE', 'AUDIT_HMAC_KEY', 'AUDIT_SERVICE_URL'],
  },
} as const satisfies Readonly<Record<string, { readonly as: readonly Name[]; readonly set: readonly Name[] }>>;

type Name = Extract<keyof Config, string>;

export type RuntimeConfigSnapshot = Readonly<Record<keyof typeof TOLD, Readonly<Record<string, unknown>>>>;

/** The configuration that this process runs with, as far as an administrator may see it. */
@Injectable()
export class RuntimeConfig {
  constructor(private readonly config: ConfigService<Config, true>) {}

  /** By section: values, and `configured` for what is not told. */
  snapshot(): RuntimeConfigSnapshot {
    return Object.fromEntries(
      Object.entries(TOLD).map(([section, { as, set }]) => [
        section,
        {
          ...Object.fromEntries(as.map((name) => [name, this.config.get(name) ?? null])),
          configured: Object.fromEntries(set.map((name) => [name, this.config.get(name) !== undefined])),
        },
      ]),
    ) as unknown as RuntimeConfigSnapshot;
  }
}
