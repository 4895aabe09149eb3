import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { type Mount, MountProvider } from '#gateway/tools/mount.js';

/** `/mcp/u/<upstream>`: one upstream as it is, names and addresses untouched. */
@Injectable()
export class UpstreamMounts extends MountProvider {
  readonly folder = 'u';

  find(_name: string, _caller: Caller): Mount | undefined {
    return undefined;
  }
}
