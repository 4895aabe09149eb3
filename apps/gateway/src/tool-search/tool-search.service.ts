import { Injectable } from '@nestjs/common';
import type { Mount } from '#gateway/tools/mount.js';
import { SearchDirectory } from './search-directory.js';

/** Puts tools to search with in the place of a mount's list of tools. */
@Injectable()
export class ToolSearch {
  private readonly made = new WeakMap<Mount, Mount>();

  /** The same for the same mount. */
  over(mount: Mount): Mount {
    let searched = this.made.get(mount);
    if (!searched) {
      searched = { ...mount, directory: new SearchDirectory(mount.directory) };
      this.made.set(mount, searched);
    }
    return searched;
  }
}
