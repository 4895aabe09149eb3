import { hash } from 'node:crypto';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Variables } from '#config/backend-variables.js';
import type { Config } from '#config/env.js';
import { splitList } from '#config/split-list.js';
import { type Backend, type Catalogue, readTools, type ToolEntry } from '#config/tools-file.js';
import { canonicalJson } from '#core/canonical-json.js';
import { CypherJudge } from '#cypher/cypher-judge.js';
import { EgressClient } from '#egress/egress-client.js';
import { Changes } from '#gateway/tools/changes.js';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolSource } from '#gateway/tools/tool-source.js';
import { BackendConnection } from './backend-connection.js';
import { CatalogueMetrics } from './catalogue.metrics.js';
import { HttpTool } from './http-tool.js';
import { WatchedFile } from '#config/watched-file.js';

/**
 * The tools of `config/tools.yaml`. An edit is checked, then takes the place of what was, all at once; tools and
 * connections that it does not change stay the same objects. A file that is wrong or gone changes nothing but a metric
 * and one line in the log.
 */
@Injectable()
export class CatalogueSource extends ToolSource implements OnApplicationShutdown {
  readonly name = 'catalogue';
  private readonly logger = new Logger('Catalogue');
  private readonly file: WatchedFile;
  private readonly variable: Variables;
  private readonly pathRoots: readonly string[];
  private connections: ReadonlyMap<string, BackendConnection> = new Map();
  private offered: readonly HttpTool[] = [];

  constructor(
    @Inject(ConfigService) config: ConfigService<Config, true>,
    private readonly egress: EgressClient,
    private readonly changes: Changes,
    private readonly metrics: CatalogueMetrics,
    private readonly cypher: CypherJudge,
  ) {
    super();
    const roots = splitList(config.get('TOOL_PATH_ROOTS', { infer: true }));
    this.pathRoots = roots.length > 0 ? roots : [process.cwd()];
    this.variable = (name) => config.get(name as keyof Config);
    // Before it is read: what is written meanwhile is then seen as a change.
    this.file = new WatchedFile(config.get('TOOLS_FILE', { infer: true }), (isThere) => this.reload(isThere));
    this.offer(readTools(this.file.path, this.variable));
  }

  tools(): readonly Tool[] {
    return this.offered;
  }

  async onApplicationShutdown(): Promise<void> {
    this.file.close();
    for (const connection of this.connections.values()) connection.stopWatching();
    await this.cypher.stop();
  }

  private reload(isThere: boolean): void {
    try {
      if (!isThere) throw new Error(`${this.file.path} is gone`);
      const { added, removed, changed } = this.offer(readTools(this.file.path, this.variable));
      this.metrics.reloaded('applied');
      this.logger.log(`${this.file.path} has changed: ${added} tools added, ${changed} changed, ${removed} removed`);
      if (added + changed + removed > 0) this.changes.publish({ kind: 'tools' });
    } catch (error) {
      this.metrics.reloaded('refused');
      this.logger.error(`the tools stay as they were: ${(error as Error).message}`);
    }
  }

  /** Makes everything before anything is exchanged: what fails on the way leaves what was. */
  private offer(catalogue: Catalogue): Offered {
    const connections = this.connect(catalogue.backends);
    const before = new Map(this.offered.map((tool) => [tool.definition.name, tool]));
    const tools = [...catalogue.tools].map(([name, entry]) => {
      const connection = connections.get(entry.backend)!;
      const revision = revisionOf(entry, connection.backend);
      const known = before.get(name);
      if (known?.revision === revision && known.connection === connection) return known;
      return new HttpTool({ name, entry, revision, connection, pathRoots: this.pathRoots, cypher: this.cypher });
    });
    const kept = new Set(connections.values());
    const left = [...this.connections.values()].filter((connection) => !kept.has(connection));
    this.connections = connections;
    const offered = difference(this.offered, tools);
    if (offered.added + offered.changed + offered.removed > 0) this.offered = tools;
    this.metrics.offered(tools.length);
    for (const connection of left) void connection.close();
    return offered;
  }

  private connect(backends: Catalogue['backends']): ReadonlyMap<string, BackendConnection> {
    const connections = new Map<string, BackendConnection>();
    for (const [name, backend] of backends) {
      const known = this.connections.get(name);
      const isSame = known && canonicalJson(known.backend) === canonicalJson(backend);
      connections.set(name, isSame ? known : new BackendConnection(backend, this.egress, this.metrics));
    }
    return connections;
  }
}

interface Offered {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

function difference(before: readonly Tool[], after: readonly Tool[]): Offered {
  const names = new Set(before.map(({ definition }) => definition.name));
  const same = new Set(before);
  const stayed = after.filter(({ definition }) => names.has(definition.name));
  return {
    added: after.length - stayed.length,
    changed: stayed.filter((tool) => !same.has(tool)).length,
    removed: before.length - stayed.length,
  };
}

/** Of everything that decides what a call answers. */
const revisionOf = (entry: ToolEntry, { url }: Backend): string =>
  hash('sha256', canonicalJson({ entry, url })).slice(0, 16);
