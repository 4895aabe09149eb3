import { Injectable } from '@nestjs/common';
import { resolveVirtualServer } from '#config/virtual-servers.js';
import { ValidationFailed } from '#core/core.errors.js';
import type { FieldFault } from '#errors/app-error.js';
import type { Seen } from '#gateway/http/if-match.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { StoredVirtualServers } from './stored-virtual-servers.js';
import type { EntryRow, EntryRows } from '#database/entry-rows.js';
import { VirtualServers } from './virtual-servers.js';
import {
  NoDatabase,
  TooManyVirtualServers,
  VirtualServerChanged,
  VirtualServerExists,
  VirtualServerNotFound,
  VirtualServerOfFile,
} from './virtual-servers.errors.js';

const MOST = 500;
const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const LONGEST = 262_144;

/** What administrators do with virtual servers: checked, stored, and told to every replica. */
@Injectable()
export class AdminVirtualServers {
  constructor(
    private readonly stored: StoredVirtualServers,
    private readonly servers: VirtualServers,
  ) {}

  /** @throws ValidationFailed, VirtualServerExists, VirtualServerOfFile, TooManyVirtualServers, NoDatabase */
  async create(name: string, entry: JsonObject, by: string): Promise<EntryRow> {
    check(name, entry);
    const rows = this.writable(name);
    if ((await rows.count()) >= MOST) throw new TooManyVirtualServers(MOST);
    const row = await rows.insert(name, entry, by);
    if (!row) throw new VirtualServerExists(name);
    await this.changed(name);
    return row;
  }

  /** @throws as `create`; VirtualServerExists where it was not seen, VirtualServerChanged, VirtualServerNotFound */
  async put(
    name: string,
    entry: JsonObject,
    seen: Seen,
    by: string,
  ): Promise<{ readonly row: EntryRow; readonly created: boolean }> {
    check(name, entry);
    const rows = this.writable(name);
    let old = await rows.get(name);
    if (!old && seen === undefined) return { row: await this.create(name, entry, by), created: true };
    if (seen === undefined) throw new VirtualServerExists(name);
    // Again where somebody else was quicker and no revision was named.
    for (; ; old = await rows.get(name)) {
      const row = await rows.replace(held(name, old, seen), entry, by);
      if (!row) continue;
      await this.changed(name);
      return { row, created: false };
    }
  }

  /** One that the file hides can be taken away too. */
  async remove(name: string, seen: Seen): Promise<EntryRow> {
    const { rows } = this.stored;
    if (!(await rows?.get(name))) this.writable(name);
    for (;;) {
      const row = held(name, await rows!.get(name), seen);
      if (!(await rows!.remove(row))) continue;
      await this.changed(name);
      return row;
    }
  }

  private async changed(name: string): Promise<void> {
    await this.servers.reloadStore();
    await this.stored.changed(name);
  }

  private writable(name: string): EntryRows {
    if (!this.stored.rows) throw new NoDatabase();
    if (this.servers.find(name)?.origin === 'file') throw new VirtualServerOfFile(name);
    return this.stored.rows;
  }
}

/** @throws VirtualServerNotFound, VirtualServerChanged */
function held(name: string, row: EntryRow | undefined, seen: Seen): EntryRow {
  if (!row) throw new VirtualServerNotFound(name);
  if (typeof seen === 'number' && row.revision !== seen) throw new VirtualServerChanged(name, row.revision);
  return row;
}

/** @throws ValidationFailed naming every fault */
function check(name: string, entry: JsonObject): void {
  const faults: FieldFault[] = [];
  if (!NAME.test(name)) {
    const message = 'must be lower-case letters, digits and dashes, at most 32, beginning with a letter';
    faults.push({ field: 'name', code: 'invalid', message });
  }
  if (JSON.stringify(entry).length > LONGEST) {
    faults.push({ field: 'entry', code: 'too_long', message: `must not be longer than ${LONGEST} characters` });
  } else {
    for (const text of resolveVirtualServer(name, entry).faults) {
      const space = text.indexOf(' ');
      faults.push({ field: text.slice(0, space), code: 'invalid', message: text.slice(space + 1) });
    }
  }
  if (faults.length > 0) throw new ValidationFailed(faults);
}
