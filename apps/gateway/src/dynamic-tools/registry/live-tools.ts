import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { isUuid } from '#core/identifiers.js';
import { ReplicaNews } from '#gateway/replicas/replica-news.service.js';
import { Changes } from '#gateway/tools/changes.js';
import type { Tool } from '#gateway/tools/tool.js';
import { DynamicTool } from './dynamic-tool.js';
import { DynamicToolParts } from './dynamic-tool.parts.js';
import type { ToolState } from './tool-row.js';
import { ToolStore } from './tool-store.js';

/** How long lists and calls wait for the first reading. */
const SETTLE_MS = 2_000;
const RETRY_MS = 1_000;
/** Changes that come together are told together. */
const TELL_MS = 20;

/** One reading that has not begun. */
interface Reading {
  readonly ids: Set<string>;
  all: boolean;
  readonly done: Promise<void>;
}

/** What is called, in memory, without the code: what stands in the database, as far as this process has heard. */
@Injectable()
export class LiveTools implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('DynamicTools');
  private readonly known = new Map<string, { readonly revision: number; readonly tool: Tool | undefined }>();
  private offered: readonly Tool[] | undefined;
  private waiting: Reading | undefined;
  private last: Promise<void> = Promise.resolve();
  private fingerprint: string | undefined;
  private first: Promise<void> | undefined;
  private telling: NodeJS.Timeout | undefined;
  private retrying: NodeJS.Timeout | undefined;
  /** Of which word is given this moment: it was read already. */
  private own: string | undefined;
  private stopHearing: (() => void) | undefined;

  constructor(
    private readonly store: ToolStore,
    private readonly parts: DynamicToolParts,
    private readonly news: ReplicaNews,
    private readonly changes: Changes,
  ) {}

  /** The start waits for nothing: the source is empty until the first reading. */
  onModuleInit(): void {
    if (!this.store.isThere) return;
    this.stopHearing = this.news.listen(
      ({ kind, name }) => {
        if (kind === 'dynamic_tool' && name !== this.own && isUuid(name)) this.attempt(name);
      },
      () => this.attempt(),
    );
    const { promise, resolve } = Promise.withResolvers<void>();
    const settled = () => {
      this.first = undefined;
      clearTimeout(patience);
      resolve();
    };
    const patience = setTimeout(settled, SETTLE_MS).unref();
    this.first = promise;
    void this.read().then(settled, (error: Error) => this.failed(error));
  }

  onModuleDestroy(): void {
    this.stopHearing?.();
    this.stopHearing = undefined;
    clearTimeout(this.telling);
    clearTimeout(this.retrying);
  }

  /** Until it is known for the first time what there is. */
  get settling(): Promise<void> | undefined {
    return this.first;
  }

  /** Of two tools of one name a tenant's own comes before what another one shows to all. The same array until one changes. */
  tools(): readonly Tool[] {
    if (!this.offered) {
      const own: Tool[] = [];
      const published: Tool[] = [];
      for (const { tool } of this.known.values()) if (tool) (tool.tenants ? own : published).push(tool);
      this.offered = own.concat(published);
    }
    return this.offered;
  }

  /** The tool of this id was changed here: it is called as it is now when this resolves, elsewhere within a second. */
  async changed(id: string): Promise<void> {
    // What is stored is stored: that it cannot be read this moment is made good later.
    await this.read(id).catch((error: Error) => this.failed(error));
    this.own = id;
    const told = this.news.tell({ kind: 'dynamic_tool', name: id });
    this.own = undefined;
    await told;
  }

  private attempt(id?: string): void {
    void this.read(id).catch((error: Error) => this.failed(error));
  }

  private failed({ message }: Error): void {
    if (!this.retrying) this.logger.warn(`the dynamic tools cannot be read, which is tried again: ${message}`);
    clearTimeout(this.retrying);
    this.fingerprint = undefined;
    if (!this.stopHearing) return;
    this.retrying = setTimeout(() => {
      this.read().then(
        () => (this.retrying = undefined),
        (error: Error) => this.failed(error),
      );
    }, RETRY_MS).unref();
  }

  /** One reading after the other: what is read later is never older. @param id undefined: all that may be others */
  private read(id?: string): Promise<void> {
    const reading = (this.waiting ??= this.next());
    if (id === undefined) reading.all = true;
    else reading.ids.add(id);
    return reading.done;
  }

  private next(): Reading {
    const ids = new Set<string>();
    const done = this.last.then(async () => {
      const { all } = this.waiting!;
      this.waiting = undefined;
      // What was compared last is not what is known any more.
      if (ids.size > 0) this.fingerprint = undefined;
      if (ids.size > 0) await this.apply(await this.store.rows.states([...ids]));
      if (all) await this.compare();
    });
    this.last = done.catch(() => undefined);
    return { ids, all: false, done };
  }

  private async compare(): Promise<void> {
    const { rows } = this.store;
    const seen = await rows.fingerprint();
    if (seen === this.fingerprint) return;
    if (this.known.size === 0) {
      await this.apply(await rows.states());
    } else {
      const now = await rows.revisions();
      for (const id of this.known.keys()) if (!now.has(id)) this.forget(id);
      const others = [...now].flatMap(([id, revision]) => (this.known.get(id)?.revision === revision ? [] : [id]));
      if (others.length > 0) await this.apply(await rows.states(others));
    }
    this.fingerprint = seen;
  }

  private async apply(states: readonly ToolState[]): Promise<void> {
    if (states.some(({ live }) => live)) await this.parts.schemas.prepare();
    for (const { id, revision, isThere, live } of states) {
      if (!isThere) this.forget(id);
      else if (this.known.get(id)?.revision !== revision) {
        this.known.set(id, { revision, tool: live && new DynamicTool(live, this.parts) });
        this.tell();
      }
    }
  }

  private forget(id: string): void {
    if (this.known.delete(id)) this.tell();
  }

  private tell(): void {
    this.offered = undefined;
    this.telling ??= setTimeout(() => {
      this.telling = undefined;
      this.changes.tell({ kind: 'tools' });
    }, TELL_MS).unref();
  }
}
