import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit, Optional } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { splitList } from '#config/split-list.js';
import { Database } from '#database/database.js';
import { bytesOf, type DockerOptions } from '#sandbox/docker/docker-options.js';
import { DockerSandbox } from '#sandbox/docker/docker-sandbox.js';
import { NO_OWNERS, type Owners } from '#sandbox/docker/owners.js';
import { SandboxOwners } from './sandbox-owners.js';

/** What this process has at the operator's Docker Engine, if there is one. */
@Injectable()
export class DockerSandboxService implements OnModuleInit, OnModuleDestroy {
  /** Undefined without DOCKER_HOST. */
  readonly sandbox: DockerSandbox | undefined;

  constructor(config: ConfigService<Config, true>, @Optional() @Inject(Database) database: Database | undefined) {
    const logger = new Logger('Sandbox');
    const owners = database ? new SandboxOwners(database) : NO_OWNERS;
    const options = optionsOf(
      (name) => config.get(name, { infer: true }),
      owners,
      (line) => logger.warn(line),
    );
    this.sandbox = options && new DockerSandbox(options);
  }

  async onModuleInit(): Promise<void> {
    await this.sandbox?.load();
  }

  /** Undefined: there is no engine that could be away. */
  async state(): Promise<'ok' | 'away' | undefined> {
    if (!this.sandbox) return undefined;
    return (await this.sandbox.answers()) ? 'ok' : 'away';
  }

  /** Calls in flight are answered by now; sessions end with the gateway. */
  async onModuleDestroy(): Promise<void> {
    await this.sandbox?.close();
  }
}

/** @returns undefined without DOCKER_HOST */
function optionsOf(
  get: <Name extends keyof Config>(name: Name) => Config[Name],
  owners: Owners,
  log: (line: string) => void,
): DockerOptions | undefined {
  const host = get('DOCKER_HOST');
  if (host === undefined) return undefined;
  return {
    host,
    certPath: get('DOCKER_CERT_PATH'),
    images: splitList(get('MCP_SANDBOX_ALLOWED_IMAGES')),
    blockedPackages: splitList(get('MCP_SANDBOX_BLOCKED_PACKAGES')),
    limits: { memory: bytesOf(get('MCP_SANDBOX_MEMORY_LIMIT')), cpus: get('MCP_SANDBOX_CPU_LIMIT') },
    maxOutputBytes: get('MCP_SANDBOX_MAX_OUTPUT_BYTES'),
    maxTimeoutMs: get('MCP_SANDBOX_MAX_TIMEOUT_MS'),
    sessionTimeoutMs: get('MCP_SANDBOX_SESSION_TIMEOUT_SECONDS') * 1_000,
    maxSessions: get('MCP_SANDBOX_MAX_SESSIONS'),
    npmRegistry: get('SANDBOX_NPM_REGISTRY'),
    installNetwork: get('SANDBOX_INSTALL_NETWORK'),
    dependencySets: get('SANDBOX_DEPENDENCY_SETS'),
    owner: randomUUID(),
    owners,
    log,
  };
}
