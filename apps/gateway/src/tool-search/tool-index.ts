import { setImmediate as otherWork } from 'node:timers/promises';
import type MiniSearch from 'minisearch';
import type { Tool } from '#gateway/tools/tool.js';
import type { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { INDEX_OPTIONS, rank } from './ranking.js';
import { documentOf, type ToolDocument } from './tool-document.js';

/** Milliseconds of one thread's time, before everybody else has a turn. */
const TURN_MS = 10;

/**
 * The tools of one directory, to be searched: one index for all callers, made when somebody searches for the first time.
 * When there are other tools than before, those alone are put in and taken out. How rare a word is is counted over all
 * tools, those that a caller may not see too; that moves what it sees up or down, and shows nothing.
 */
export class ToolIndex {
  private engine: MiniSearch<ToolDocument> | undefined;
  private revision: object | undefined;
  private readonly ids = new Map<Tool, number>();
  private readonly tools = new Map<number, Tool>();
  private nextId = 0;
  private updating: Promise<MiniSearch<ToolDocument>> | undefined;

  constructor(private readonly directory: ToolDirectory) {}

  /** Those that fit best, of what is to be kept. */
  async search(query: string, limit: number, keep: (tool: Tool) => boolean): Promise<readonly Tool[]> {
    const engine = await this.current();
    const ids = await rank(engine, query, turns());
    const found: Tool[] = [];
    for (const id of ids) {
      if (found.length >= limit) break;
      const tool = this.tools.get(id);
      if (tool && keep(tool)) found.push(tool);
    }
    return found;
  }

  /** What changes while it is brought up to date is there the next time. */
  private async current(): Promise<MiniSearch<ToolDocument>> {
    if (this.engine && !this.updating && this.revision === this.directory.revision) return this.engine;
    this.updating ??= this.update().finally(() => (this.updating = undefined));
    return this.updating;
  }

  private async update(): Promise<MiniSearch<ToolDocument>> {
    const { revision } = this.directory;
    const now = new Set(this.directory.all());
    const engine = (this.engine ??= new (await import('minisearch')).default(INDEX_OPTIONS));
    const rest = turns();
    for (const [tool, id] of this.ids) {
      if (now.has(tool)) continue;
      engine.discard(id);
      this.ids.delete(tool);
      this.tools.delete(id);
      await rest();
    }
    for (const tool of now) {
      if (this.ids.has(tool)) continue;
      const id = this.nextId++;
      engine.add(documentOf(id, tool));
      this.ids.set(tool, id);
      this.tools.set(id, tool);
      await rest();
    }
    this.revision = revision;
    return engine;
  }
}

/** To be called often: lets everybody else have a turn when this one has been long enough. */
function turns(): () => Promise<void> | undefined {
  let began = performance.now();
  const pause = async () => {
    await otherWork();
    began = performance.now();
  };
  return () => (performance.now() - began < TURN_MS ? undefined : pause());
}
