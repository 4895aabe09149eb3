import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { CoreClient } from '#core/remote/core-client.js';
import { type ProjectKey, ProjectResolveResponse, Projects } from './projects.js';

/** Projects of Achilles Core. */
@Injectable()
export class RemoteProjects extends Projects {
  constructor(private readonly core: CoreClient) {
    super();
  }

  async resolve(caller: Caller, key: ProjectKey): Promise<ProjectResolveResponse> {
    const path = '/projects/resolve';
    const call = { method: 'POST', path, answer: ProjectResolveResponse, repeatable: true } as const;
    return (await this.core.call(caller, { ...call, body: key })).body;
  }
}
