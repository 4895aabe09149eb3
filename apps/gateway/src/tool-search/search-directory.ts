import type { Caller } from '#core/caller.js';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { ToolSource } from '#gateway/tools/tool-source.js';
import { searchTools } from './search-tools.js';

/**
 * A directory whose list is the tools to search with. Whoever knows the name of one that the list leaves out calls it as
 * ever: what is left out is the list, not a right. Resources and prompts are those of the directory behind it.
 */
export class SearchDirectory extends ToolDirectory {
  private readonly shown: readonly Tool[];
  private readonly front: ToolDirectory;

  constructor(private readonly behind: ToolDirectory) {
    super(behind.sources);
    this.shown = searchTools(behind);
    this.front = new ToolDirectory([new Shown(this.shown)]);
  }

  override find(caller: Caller, name: string): Tool | undefined {
    return this.shown.find(({ definition }) => definition.name === name) ?? this.behind.find(caller, name);
  }

  override visibleTo(_caller: Caller): readonly Tool[] {
    return this.shown;
  }

  override all(): readonly Tool[] {
    return this.shown;
  }

  override get revision(): object {
    return this.shown;
  }

  /** Of what is shown: it stays, whatever comes and goes behind it. */
  override get audiences(): ToolDirectory['audiences'] {
    return this.front.audiences;
  }
}

class Shown extends ToolSource {
  readonly name = 'search';

  constructor(private readonly shown: readonly Tool[]) {
    super();
  }

  tools(): readonly Tool[] {
    return this.shown;
  }
}
