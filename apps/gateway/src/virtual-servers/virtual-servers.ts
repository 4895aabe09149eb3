import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { upstreamVariables } from '#config/upstream-variables.js';
import { readUpstreams } from '#config/upstreams-file.js';
import type { VirtualServerSpec } from '#config/virtual-servers.js';
import { WatchedFile } from '#config/watched-file.js';
import { canonicalJson } from '#core/canonical-json.js';
import { Changes } from '#gateway/tools/changes.js';
import { UpstreamParts } from '#gateway/upstreams/upstream-parts.service.js';
import { StoredVirtualServers } from './stored-virtual-servers.js';
import { pathOf, type VirtualServer } from './virtual-server.js';
import { VirtualServerFactory } from './virtual-server-factory.js';

/**
 * Every virtual server that there is now: those of the file, and those of the admin API where the file has none of their
 * name. One that has not changed stays the same object.
 */
@Injectable()
export class VirtualServers implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('VirtualServers');
  private readonly file: WatchedFile;
  private readonly read: () => readonly VirtualServerSpec[];
  private ofFile: readonly VirtualServerSpec[] = [];
  private ofStore: readonly VirtualServerSpec[] = [];
  private servers: ReadonlyMap<string, VirtualServer> = new Map();
  private loading: Promise<void> = Promise.resolve();
  private stopHearing: (() => void) | undefined;

  constructor(
    @Inject(ConfigService) config: ConfigService<Config, true>,
    private readonly factory: VirtualServerFactory,
    private readonly changes: Changes,
    private readonly stored: StoredVirtualServers,
    upstreams: UpstreamParts,
  ) {
    const variables = upstreamVariables((name) => config.get(name as keyof Config));
    const path = config.get('UPSTREAMS_FILE', { infer: true });
    this.read = () => readUpstreams(path, variables).virtualServers;
    // Before it is read: what is written meanwhile is then seen as a change.
    this.file = new WatchedFile(path, () => this.reload());
    upstreams.tellOf((mount) => this.namesAt(mount));
  }

  async onModuleInit(): Promise<void> {
    this.ofFile = this.read();
    this.stopHearing = this.stored.onChange(() => void this.reloadStore());
    await this.reloadStore();
  }

  onModuleDestroy(): void {
    this.file.close();
    this.stopHearing?.();
  }

  /** By name. */
  get all(): ReadonlyMap<string, VirtualServer> {
    return this.servers;
  }

  find(name: string): VirtualServer | undefined {
    return this.servers.get(name);
  }

  /** What the admin API has stored holds here at once, and is looked for again when there is word of it. */
  reloadStore(): Promise<void> {
    // One after the other: what was read earlier never takes the place of what was read later.
    return (this.loading = this.loading.then(() => this.load()));
  }

  private async load(): Promise<void> {
    try {
      this.ofStore = await this.stored.list();
    } catch (error) {
      this.logger.warn(`the virtual servers of the admin API stay as they were: ${(error as Error).message}`);
    }
    this.arrange();
  }

  private reload(): void {
    try {
      this.ofFile = this.read();
    } catch (error) {
      this.logger.error(`the virtual servers stay as they were: ${(error as Error).message}`);
      return;
    }
    this.arrange();
  }

  private arrange(): void {
    const after = new Map<string, VirtualServer>();
    for (const spec of this.ofStore) after.set(spec.name, this.made(spec, 'admin'));
    for (const spec of this.ofFile) after.set(spec.name, this.made(spec, 'file'));
    const before = this.servers;
    this.servers = new Map([...after].sort(([a], [b]) => (a < b ? -1 : 1)));
    const isSame = before.size === after.size && [...after].every(([name, server]) => before.get(name) === server);
    // Every replica looks for itself.
    if (!isSame) for (const kind of ['tools', 'prompts', 'resources'] as const) this.changes.tell({ kind });
  }

  private made(spec: VirtualServerSpec, origin: VirtualServer['origin']): VirtualServer {
    const known = this.servers.get(spec.name);
    if (known?.origin === origin && canonicalJson(known.spec) === canonicalJson(spec)) return known;
    return this.factory.make(spec, origin);
  }

  /** Upstreams whose resources are at this mount, of those that are ours. */
  private namesAt(mount: string): readonly string[] {
    const prefix = pathOf('');
    return (mount.startsWith(prefix) && this.find(mount.slice(prefix.length))?.spec.resources) || [];
  }
}
