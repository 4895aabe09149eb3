import { Flag, Labels, Text } from '#gateway/http/fields.js';

export class MCPProjectResolve {
  @Text({ max: 200 })
  workspace_id: string;

  @Text({ max: 4_096 })
  workspace_root: string;

  @Text({ max: 2_048, optional: true, description: 'Any spelling of the git remote; credentials in it are dropped.' })
  vcs_remote_url?: string;

  @Labels({ optional: true })
  labels?: string[];

  @Flag({ optional: true, default: true })
  create_if_missing: boolean = true;
}
