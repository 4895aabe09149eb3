import { Inject, Injectable, Optional } from '@nestjs/common';
import { Store } from '#database/store.js';
import { NoToolStore } from '../dynamic-tools.errors.js';
import { ToolRows } from './tool-rows.js';
import { ToolWrites } from './tool-writes.js';

/** Where dynamic tools are kept, on gateways that have a database of their own. */
@Injectable()
export class ToolStore {
  readonly isThere: boolean;
  private readonly tables: { readonly rows: ToolRows; readonly writes: ToolWrites } | undefined;

  constructor(@Optional() @Inject(Store) store: Store | undefined) {
    this.isThere = store !== undefined;
    this.tables = store && { rows: new ToolRows(store.database), writes: new ToolWrites(store.database) };
  }

  /** @throws NoToolStore */
  get rows(): ToolRows {
    if (!this.tables) throw new NoToolStore();
    return this.tables.rows;
  }

  /** @throws NoToolStore */
  get writes(): ToolWrites {
    if (!this.tables) throw new NoToolStore();
    return this.tables.writes;
  }
}
