import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import type { StdioUpstream } from '#config/upstreams-file.js';
import { Credentials } from '../credentials/credentials.js';
import type { UpstreamConnection } from '../upstream-connection.js';
import { DialogueConnection } from './dialogue/dialogue-connection.js';
import { Places } from './dialogue/places.js';
import type { OpenWire } from './dialogue/wire.js';
import { processEnvironment } from './stdio/process-environment.js';
import { ProcessWire } from './stdio/process-wire.js';
import { StderrLog } from './stdio/stderr-log.js';
import { Watchdog } from './stdio/watchdog.js';

/** Lines of standard error that a status shows. */
const LINES = 20;

/**
 * Programs that speak MCP over their standard input and output: one process for each upstream, or for each principal
 * where the upstream says so; never one for a call or a session.
 */
@Injectable()
export class StdioConnections implements OnApplicationShutdown {
  private readonly connections = new Set<UpstreamConnection>();
  private readonly places: Places;
  /** Of no request: what a process says later belongs to none that happened to start it. */
  private readonly outside = AsyncLocalStorage.snapshot();

  constructor(
    @Inject(ConfigService) config: ConfigService<Config, true>,
    private readonly credentials: Credentials,
    private readonly watchdog: Watchdog,
  ) {
    this.places = new Places(config.get('UPSTREAM_MAX_PROCESSES', { infer: true }));
  }

  open(spec: StdioUpstream): UpstreamConnection {
    const stderr = new StderrLog(spec.name);
    const perPrincipal = spec.sessions === 'principal';
    const connection: DialogueConnection = new DialogueConnection({
      spec,
      credentials: this.credentials,
      open: this.opener(spec, stderr),
      era: spec.era,
      perPrincipal,
      places: this.places,
      most: perPrincipal ? spec.max_processes : 1,
      idleMs: spec.idle_seconds * 1_000,
      tellsRoots: spec.caller_roots,
      about: () => ({ stderr: stderr.last(LINES) }),
      onClose: () => void this.connections.delete(connection),
    });
    this.connections.add(connection);
    return connection;
  }

  /** No process outlives the gateway, whoever opened what. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.connections].map((connection) => connection.close()));
  }

  private opener(spec: StdioUpstream, stderr: StderrLog): OpenWire {
    return async (credential, hear, signal) => {
      const { variables, secrets } = processEnvironment(spec, credential.env);
      const launch = {
        command: spec.command,
        args: spec.args,
        cwd: spec.cwd,
        maxMemory: spec.max_memory_bytes,
        environment: variables,
        secrets,
        stderr,
        watch: (group: number) => this.watchdog.watch(group),
      };
      const wire = await this.outside(() => ProcessWire.start(launch, hear));
      if (signal.aborted) {
        await wire.close();
        signal.throwIfAborted();
      }
      return wire;
    };
  }
}
