import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import type { Caller } from '#core/caller.js';
import {
  DynamicToolChanged,
  DynamicToolExists,
  DynamicToolNotFound,
  DynamicToolsReadOnly,
  PublishedTool,
  TooManyDynamicTools,
} from '../dynamic-tools.errors.js';
import type { Expected } from '../dynamic-tools.service.js';
import { LiveTools } from './live-tools.js';
import { TakenNames } from './taken-names.js';
import type { ToolAndVersion, ToolRow } from './tool-row.js';
import { ToolStore } from './tool-store.js';
import type { Change, NewVersion } from './tool-writes.js';

/** What is to become of a tool as it is now; undefined: nothing. */
type Decide = (found: ToolAndVersion) => Change | undefined | Promise<Change | undefined>;

/** PostgreSQL: a row of this name is there already. */
const UNIQUE_VIOLATION = '23505';

/** Writes what was decided, once, whoever else decides at the same time, and sees to it that it is what is called. */
@Injectable()
export class ToolChanges {
  private readonly isReadOnly: boolean;
  private readonly most: number;

  constructor(
    private readonly store: ToolStore,
    private readonly taken: TakenNames,
    private readonly live: LiveTools,
    config: ConfigService<Config, true>,
  ) {
    this.isReadOnly = config.get('MCP_DYNAMIC_READ_ONLY', { infer: true });
    this.most = config.get('MCP_DYNAMIC_MAX_TOOLS', { infer: true });
  }

  /** @throws NoToolStore, DynamicToolsReadOnly */
  assertAllowed(): void {
    if (this.store.writes && this.isReadOnly) throw new DynamicToolsReadOnly();
  }

  /** @throws PublishedTool */
  assertMayTouch({ scopes }: Caller, { name, published }: ToolRow): void {
    if (published && !scopes.has('tools:publish')) throw new PublishedTool(name);
  }

  /** A new tool, or one that was deleted, again. @throws DynamicToolExists, TooManyDynamicTools */
  async make(
    { tenant, subject }: Caller,
    name: string,
    enabled: boolean,
    version: NewVersion,
  ): Promise<ToolAndVersion> {
    const { rows, writes } = this.store;
    if (this.taken.has(name) || (await rows.isPublishedElsewhere(tenant, name))) throw new DynamicToolExists(name);
    const made = await writes.create({ tenant, name, enabled, version, most: this.most, by: subject });
    if (made === 'exists') throw new DynamicToolExists(name);
    if (made === 'too_many') throw new TooManyDynamicTools(this.most);
    await this.live.changed(made.tool.id);
    return made;
  }

  /**
   * Again where somebody else was quicker and no revision was named: what is then there is decided about anew.
   * @returns the tool as it is after that
   * @throws DynamicToolNotFound, DynamicToolChanged, DynamicToolExists, and what `decide` throws
   */
  async change({ tenant, subject }: Caller, name: string, expected: Expected, decide: Decide): Promise<ToolAndVersion> {
    this.assertAllowed();
    for (;;) {
      const found = await this.held(tenant, name, expected);
      const change = await decide(found);
      if (!change) return found;
      const written = await this.written(found, change, subject);
      if (!written) continue;
      await this.live.changed(written.tool.id);
      return written;
    }
  }

  /** @returns the revision that it is at then @throws DynamicToolNotFound, DynamicToolChanged */
  async remove({ tenant, subject }: Caller, name: string, expected: Expected): Promise<number> {
    this.assertAllowed();
    for (;;) {
      const { tool } = await this.held(tenant, name, expected);
      const revision = await this.store.writes.remove(tool, subject);
      if (revision === undefined) continue;
      await this.live.changed(tool.id);
      return revision;
    }
  }

  private async held(tenant: string, name: string, expected: Expected): Promise<ToolAndVersion> {
    const found = await this.store.rows.find(tenant, name);
    if (!found || found.tool.deleted_at) throw new DynamicToolNotFound(name);
    const { revision } = found.tool;
    if (expected !== undefined && expected !== revision) throw new DynamicToolChanged(name, revision);
    return found;
  }

  /** One name is shown to all by one tenant at most. */
  private async written(found: ToolAndVersion, change: Change, by: string): Promise<ToolAndVersion | undefined> {
    try {
      return await this.store.writes.change(found, change, by);
    } catch (error) {
      if (change.published && (error as { code?: unknown }).code === UNIQUE_VIOLATION) {
        throw new DynamicToolExists(found.tool.name);
      }
      throw error;
    }
  }
}
