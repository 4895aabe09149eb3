import { Injectable } from '@nestjs/common';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { Seen } from '#gateway/http/if-match.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { UpstreamNotFound } from '../upstreams.errors.js';
import { EntryCheck } from './entry-check.js';
import { mergePatch } from './merge-patch.js';
import { StoredUpstreams } from './stored-upstreams.js';
import {
  NoDatabase,
  RevisionMismatch,
  TooManyUpstreams,
  UpstreamExists,
  UpstreamOfFile,
} from './upstream-admin.errors.js';
import type { EntryRow, EntryRows } from '#database/entry-rows.js';
import { UpstreamStates } from '../upstream-states.service.js';

const MOST = 500;

/** What administrators do with upstreams: checked, stored, and told to every replica. */
@Injectable()
export class AdminUpstreams {
  constructor(
    private readonly stored: StoredUpstreams,
    private readonly check: EntryCheck,
    private readonly states: UpstreamStates,
  ) {}

  /** What would be tried, or stored. @throws ValidationFailed */
  judge(name: string, entry: JsonObject): UpstreamSpec {
    return this.check.check(name, entry, this.ofFile());
  }

  /** @throws ValidationFailed, UpstreamExists, UpstreamOfFile, NoDatabase */
  async create(name: string, entry: JsonObject, by: string): Promise<EntryRow> {
    const rows = this.writable(name);
    this.judge(name, entry);
    if ((await rows.count()) >= MOST) throw new TooManyUpstreams(MOST);
    const row = await rows.insert(name, entry, by);
    if (!row) throw new UpstreamExists(name);
    await this.stored.changed(name);
    return row;
  }

  /** @throws ValidationFailed, UpstreamExists where it was not seen, RevisionMismatch, UpstreamOfFile, NoDatabase */
  async put(name: string, entry: JsonObject, seen: Seen, by: string): Promise<{ row: EntryRow; created: boolean }> {
    const rows = this.writable(name);
    const old = await rows.get(name);
    if (!old) {
      if (seen !== undefined) throw new UpstreamNotFound(name);
      return { row: await this.create(name, entry, by), created: true };
    }
    if (seen === undefined) throw new UpstreamExists(name);
    return { row: await this.change(rows, held(old, seen), () => entry, seen, by), created: false };
  }

  /** RFC 7396: members of the patch take the place of those that are there, null takes one away. */
  async patch(name: string, patch: JsonObject, seen: Seen, by: string): Promise<EntryRow> {
    const rows = this.writable(name);
    const old = held(await this.existing(rows, name), seen);
    return this.change(rows, old, (entry) => mergePatch(entry, patch), seen, by);
  }

  /** One that the file hides can be taken away too. */
  async remove(name: string, seen: Seen): Promise<EntryRow> {
    const { rows } = this.stored;
    const old = await rows?.get(name);
    if (!rows || !old) {
      this.writable(name);
      throw new UpstreamNotFound(name);
    }
    for (let current = held(old, seen); ; current = held(await this.existing(rows, name), seen)) {
      if (!(await rows.remove(current))) continue;
      await this.stored.changed(name);
      return current;
    }
  }

  /** Again where somebody else was quicker and no revision was named: the change is then made to what is there. */
  private async change(
    rows: EntryRows,
    old: EntryRow,
    to: (entry: JsonObject) => JsonObject,
    seen: Seen,
    by: string,
  ): Promise<EntryRow> {
    for (let current = old; ; current = held(await this.existing(rows, old.name), seen)) {
      const entry = to(current.entry);
      this.judge(old.name, entry);
      const row = await rows.replace(current, entry, by);
      if (!row) continue;
      await this.stored.changed(row.name);
      return row;
    }
  }

  private async existing(rows: EntryRows, name: string): Promise<EntryRow> {
    const row = await rows.get(name);
    if (!row) throw new UpstreamNotFound(name);
    return row;
  }

  private writable(name: string): EntryRows {
    if (!this.stored.rows) throw new NoDatabase();
    for (const spec of this.ofFile()) if (spec.name === name) throw new UpstreamOfFile(name);
    return this.stored.rows;
  }

  private ofFile(): UpstreamSpec[] {
    return this.states
      .all()
      .map(({ spec }) => spec)
      .filter(({ origin }) => origin === 'file');
  }
}

function held(row: EntryRow, seen: Seen): EntryRow {
  if (typeof seen === 'number' && row.revision !== seen) throw new RevisionMismatch(row.name, row.revision);
  return row;
}
