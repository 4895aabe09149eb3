import { array, boolean, object, string, type Static } from '#schema/schema.js';
import type { Caller } from '#core/caller.js';
import { Uuid } from '#core/wire.js';

export const ProjectResolveResponse = object(
  { project_id: Uuid, created: boolean(), canonical_name: string(), tags: array(string()) },
  { $id: 'ProjectResolveResponse' },
);
export type ProjectResolveResponse = Static<typeof ProjectResolveResponse>;

export interface ProjectKey {
  readonly workspace_id: string;
  readonly workspace_root: string;
  readonly vcs_remote_url?: string;
  readonly labels?: readonly string[];
  readonly create_if_missing: boolean;
}

export abstract class Projects {
  /** One project per workspace and remote repository, or per root where there is no remote. @throws ProjectNotFound */
  abstract resolve(caller: Caller, key: ProjectKey): Promise<ProjectResolveResponse>;
}
