import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { ProjectResolveResponse, Projects } from '#core/projects/projects.js';
import { BuiltinTool } from '#gateway/builtin-tools/builtin-tool.js';
import { array, boolean, maybe, object, type Static, string } from '#schema/schema.js';

const Input = object({
  workspace_root: string({ minLength: 1, maxLength: 4_096, description: 'The folder that holds the project.' }),
  workspace_id: maybe(string({ minLength: 1, maxLength: 200, description: 'Default: "default".' })),
  vcs_remote_url: maybe(
    string({
      minLength: 1,
      maxLength: 2_048,
      description: 'Any spelling of the git remote; credentials in it are dropped.',
    }),
  ),
  labels: maybe(array(string({ minLength: 1, maxLength: 64 }), { maxItems: 50 })),
  create_if_missing: maybe(boolean({ default: true })),
});

/** `resolve_project`: POST /projects/resolve. */
@Injectable()
export class ResolveProjectTool extends BuiltinTool<Static<typeof Input>> {
  constructor(private readonly projects: Projects) {
    super({
      name: 'resolve_project',
      title: 'Find a project',
      description:
        'The project of a folder or a git remote, made if there is none yet. Its id goes into start_session.',
      input: Input,
      output: ProjectResolveResponse,
      scope: 'projects:write',
      idempotent: true,
    });
  }

  protected async answer(caller: Caller, given: Static<typeof Input>) {
    const data = await this.projects.resolve(caller, {
      workspace_id: caller.workspaceId ?? 'default',
      create_if_missing: true,
      ...given,
    });
    return { data, text: `${data.created ? 'New project' : 'Project'} ${data.canonical_name}: ${data.project_id}.` };
  }
}
