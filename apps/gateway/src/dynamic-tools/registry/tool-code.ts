import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { StoreUnavailable } from '#core/core.errors.js';
import { isStoreUnavailable } from '#database/store-fault.js';
import { DynamicToolNotFound } from '../dynamic-tools.errors.js';
import type { LiveRow } from './tool-row.js';
import { ToolStore } from './tool-store.js';

/** Characters of code that are kept. */
const MOST_KEPT = 16 * 1024 * 1024;

/** The code of versions, read when it is run. A version never changes. */
@Injectable()
export class ToolCode {
  private readonly kept = new LRUCache<string, string, LiveRow>({
    maxSize: MOST_KEPT,
    sizeCalculation: (code) => code.length,
    fetchMethod: (_key, _stale, { context }) => this.read(context),
  });

  constructor(private readonly store: ToolStore) {}

  /** @throws StoreUnavailable */
  async of(tool: LiveRow): Promise<string> {
    const key = `${tool.id} ${tool.version}`;
    return this.kept.get(key) ?? (await this.kept.forceFetch(key, { context: tool }));
  }

  private async read({ id, version, name }: LiveRow): Promise<string> {
    try {
      const code = await this.store.rows.code(id, version);
      if (code === undefined) throw new DynamicToolNotFound(name);
      return code;
    } catch (error) {
      throw isStoreUnavailable(error) ? new StoreUnavailable(error) : error;
    }
  }
}
