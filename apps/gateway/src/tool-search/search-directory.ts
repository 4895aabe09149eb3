import type { Caller } from '#core/caller.js';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolAudiences } from '#gateway/tools/tool-audiences.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { searchTools } from './search-tools.js';

/**
 * A directory whose list is the tools to search with. Whoever knows the name of one that the list leaves out calls it as
 * ever: what is left out is the list, not a right. Resources and prompts are those of the directory behind it.
 */
export class SearchDirectory extends ToolDirectory {
  private readonly shown: readonly Tool[];
  private readonly audiencesOfShown = new ToolAudiences();

  constructor(private readonly behind: ToolDirectory) {
    super(behind.sources);
    this.shown = searchTools(behind);
    this.audiencesOfShown.replace([], this.shown);
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
  override get audiences(): ToolAudiences {
    return this.audiencesOfShown;
  }
}
