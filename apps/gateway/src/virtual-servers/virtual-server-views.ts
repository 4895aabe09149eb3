import { Injectable } from '@nestjs/common';
import { originalOf } from '#gateway/tools/tool.js';
import { StoredVirtualServers } from './stored-virtual-servers.js';
import type { VirtualServer } from './virtual-server.js';
import type { EntryRow } from '#database/entry-rows.js';
import type { Selected } from './virtual-source.js';
import { VirtualServers } from './virtual-servers.js';
import { VirtualServerNotFound } from './virtual-servers.errors.js';
import type { VirtualServerDetail, VirtualServerOut } from './virtual-servers.models.js';

/** Virtual servers as operators are shown them, by the process that answers. */
@Injectable()
export class VirtualServerViews {
  constructor(
    private readonly servers: VirtualServers,
    private readonly stored: StoredVirtualServers,
  ) {}

  /** By name. */
  async list(): Promise<VirtualServerOut[]> {
    const rows = new Map(((await this.stored.rows?.all()) ?? []).map((row) => [row.name, row]));
    return [...this.servers.all.values()].map((server) => shown(server, rowOf(server, rows.get(server.spec.name))));
  }

  /** @throws VirtualServerNotFound */
  async show(name: string): Promise<VirtualServerDetail> {
    const server = this.servers.find(name);
    if (!server) throw new VirtualServerNotFound(name);
    const row = rowOf(server, server.origin === 'admin' ? await this.stored.rows?.get(name) : undefined);
    const { name: _name, ...entry } = server.spec;
    const { selected, unresolved } = server.source.current();
    return {
      ...shown(server, row),
      entry,
      tools: firstOfEach(selected).map(({ from, tool }) => ({
        name: tool.definition.name,
        tool: from,
        upstream: originalOf(tool).upstream,
      })),
      unresolved: [...unresolved],
      ...(row && {
        created_at: row.created_at.toISOString(),
        created_by: row.created_by,
        updated_at: row.updated_at.toISOString(),
        updated_by: row.updated_by,
      }),
    };
  }
}

/** A row that the file hides is not the one that is shown. */
const rowOf = ({ origin }: VirtualServer, row: EntryRow | undefined) => (origin === 'admin' ? row : undefined);

/** Tools that different tenants have under one name are one tool of the server. */
const firstOfEach = (selected: readonly Selected[]): readonly Selected[] => {
  const seen = new Set<string>();
  return selected.filter(({ tool }) => !seen.has(tool.definition.name) && seen.add(tool.definition.name));
};

function shown({ spec, origin, mount, source }: VirtualServer, row: EntryRow | undefined): VirtualServerOut {
  const { name, title, description, tenants, search } = spec;
  return {
    name,
    path: mount.path,
    origin,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(tenants && { tenants: [...tenants] }),
    search,
    offered: firstOfEach(source.current().selected).length,
    ...(row && { revision: row.revision }),
  };
}
