import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Variables } from '#config/backend-variables.js';
import type { Config } from '#config/env.js';
import { isUpstreamVariable } from '#config/upstream-variables.js';
import { resolveUpstream, type UpstreamSpec } from '#config/upstreams-file.js';
import { Store } from '#database/store.js';
import { ReplicaNews } from '#gateway/replicas/replica-news.service.js';
import { EntryRows, type EntryRow } from '#database/entry-rows.js';
import { UpstreamStore } from './upstream-store.js';

/** A row, and what it means here. */
interface Known {
  readonly version: string;
  /** Undefined where it makes no sense here, for the faults that there are. */
  readonly spec?: UpstreamSpec;
  readonly faults: readonly string[];
}

/** The upstreams of the admin API in PostgreSQL. Word of a change comes over `ReplicaNews`, or is found by looking. */
@Injectable()
export class StoredUpstreams extends UpstreamStore {
  /** Undefined: there is no database to keep any in. */
  readonly rows: EntryRows | undefined;
  private readonly logger = new Logger('Upstreams');
  private readonly variable: Variables;
  private readonly known = new Map<string, Known>();

  constructor(
    @Optional() @Inject(Store) store: Store | undefined,
    config: ConfigService<Config, true>,
    private readonly news: ReplicaNews,
  ) {
    super();
    this.rows = store && new EntryRows(store.database, 'upstreams');
    this.variable = (name) => (isUpstreamVariable(name) ? config.get(name as keyof Config) : undefined);
  }

  async list(): Promise<readonly UpstreamSpec[]> {
    if (!this.rows) return [];
    const rows = await this.rows.all();
    const names = new Set(rows.map(({ name }) => name));
    for (const name of this.known.keys()) if (!names.has(name)) this.known.delete(name);
    return rows.flatMap((row) => this.meaningOf(row).spec ?? []);
  }

  onChange(listener: () => void): () => void {
    const { rows } = this;
    if (!rows) return () => undefined;
    let seen = '';
    const look = async () => {
      const now = await rows.fingerprint();
      if (now !== seen) listener();
      seen = now;
    };
    return this.news.listen(
      ({ kind }) => {
        if (kind === 'upstream') listener();
      },
      // The store may be away, which its own health tells of.
      () => void look().catch(() => undefined),
    );
  }

  /** Word that this one is another now. */
  changed(name: string): Promise<void> {
    return this.news.tell({ kind: 'upstream', name });
  }

  /** The same object until the row is another. */
  meaningOf(row: EntryRow): Known {
    const { name, entry, revision, created_at } = row;
    const version = `${revision} ${created_at.getTime()}`;
    let known = this.known.get(name);
    if (known?.version === version) return known;
    this.known.set(name, (known = { version, ...resolveUpstream(name, entry, 'admin', this.variable) }));
    if (!known.spec) this.logger.warn(`upstream ${name} of the admin API cannot be used: ${known.faults.join('; ')}`);
    return known;
  }
}
