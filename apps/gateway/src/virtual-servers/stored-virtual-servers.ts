import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { resolveVirtualServer, type VirtualServerSpec } from '#config/virtual-servers.js';
import { Store } from '#database/store.js';
import { UpstreamParts } from '#gateway/upstreams/upstream-parts.service.js';
import { EntryRows } from '#database/entry-rows.js';

/** The virtual servers of the admin API in PostgreSQL. */
@Injectable()
export class StoredVirtualServers {
  /** Undefined: there is no database to keep any in. */
  readonly rows: EntryRows | undefined;
  private readonly logger = new Logger('VirtualServers');

  constructor(
    @Optional() @Inject(Store) store: Store | undefined,
    private readonly upstreams: UpstreamParts,
  ) {
    this.rows = store && new EntryRows(store.database, 'virtual_servers');
  }

  /** @throws what the database throws while it is away */
  async list(): Promise<readonly VirtualServerSpec[]> {
    const rows = (await this.rows?.all()) ?? [];
    return rows.flatMap(({ name, entry }) => {
      const { spec, faults } = resolveVirtualServer(name, entry);
      if (!spec) this.logger.warn(`virtual server ${name} of the admin API cannot be used: ${faults.join('; ')}`);
      return spec ?? [];
    });
  }

  /** Called when they may be others than before, whichever replica changed them, within a second. @returns how to stop */
  onChange(listener: () => void): () => void {
    const { rows } = this;
    if (!rows) return () => undefined;
    let seen = '';
    const look = async () => {
      const now = await rows.fingerprint();
      if (now !== seen) listener();
      seen = now;
    };
    // The store may be away, which its own health tells of.
    return this.upstreams.news.listen(
      ({ kind }) => {
        if (kind === 'virtual_server') listener();
      },
      () => void look().catch(() => undefined),
    );
  }

  /** Word that this one is another now. */
  changed(name: string): Promise<void> {
    return this.upstreams.news.tell({ kind: 'virtual_server', name });
  }
}
