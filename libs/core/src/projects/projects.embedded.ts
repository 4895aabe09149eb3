import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Caller } from '#core/caller.js';
import { ProjectNotFound, ValidationFailed } from '#core/core.errors.js';
import { newId } from '#core/identifiers.js';
import { Database } from '#database/database.js';
import { type ProjectKey, type ProjectResolveResponse, Projects } from './projects.js';
import { parseVcsRemote, type VcsRemote } from './vcs-remote.js';

/** Projects in PostgreSQL. */
@Injectable()
export class EmbeddedProjects extends Projects {
  constructor(private readonly database: Database) {
    super();
  }

  async resolve(caller: Caller, key: ProjectKey): Promise<ProjectResolveResponse> {
    const remote = remoteOf(key);
    const root = key.workspace_root.replace(/(?<=.)[/\\]+$/, '');
    const identity = remote ? `vcs:${remote.identity}` : `root:${root}`;
    const labels = [...new Set(key.labels ?? [])].sort();
    const existing = await this.find(caller, key.workspace_id, identity);
    if (existing) return this.label(existing, labels);
    if (!key.create_if_missing) throw new ProjectNotFound(key.workspace_id);
    const inserted = await this.database
      .insertInto('projects')
      .values({
        id: newId(),
        tenant: caller.tenant,
        workspace_id: key.workspace_id,
        identity,
        canonical_name: remote?.name ?? root.split(/[/\\]/).findLast(Boolean) ?? root,
        workspace_root: root,
        vcs_remote_url: remote?.identity ?? null,
        tags: labels,
      })
      .onConflict((columns) => columns.columns(['tenant', 'workspace_id', 'identity']).doNothing())
      .returning(['id', 'canonical_name', 'tags'])
      .executeTakeFirst();
    if (inserted) return answer(inserted, true);
    // Somebody else created it in the meantime.
    return this.label((await this.find(caller, key.workspace_id, identity))!, labels);
  }

  private find(caller: Caller, workspaceId: string, identity: string): Promise<Row | undefined> {
    return this.database
      .selectFrom('projects')
      .select(['id', 'canonical_name', 'tags'])
      .where('tenant', '=', caller.tenant)
      .where('workspace_id', '=', workspaceId)
      .where('identity', '=', identity)
      .executeTakeFirst();
  }

  /** Labels add up: what one client calls a project, another may add to. */
  private async label(project: Row, labels: readonly string[]): Promise<ProjectResolveResponse> {
    if (labels.every((label) => project.tags.includes(label))) return answer(project, false);
    const { tags } = await this.database
      .updateTable('projects')
      .set({ tags: sql<string[]>`array(select distinct unnest(tags || ${labels}::text[]) order by 1)` })
      .where('id', '=', project.id)
      .returning('tags')
      .executeTakeFirstOrThrow();
    return answer({ ...project, tags }, false);
  }
}

interface Row {
  readonly id: string;
  readonly canonical_name: string;
  readonly tags: string[];
}

const answer = ({ id, canonical_name, tags }: Row, created: boolean): ProjectResolveResponse => ({
  project_id: id,
  created,
  canonical_name,
  tags,
});

function remoteOf(key: ProjectKey): VcsRemote | undefined {
  if (key.vcs_remote_url === undefined || key.vcs_remote_url.trim() === '') return undefined;
  const remote = parseVcsRemote(key.vcs_remote_url);
  if (remote) return remote;
  const message = 'must be a git remote, such as https://host/owner/repository or git@host:owner/repository.git';
  throw new ValidationFailed([{ field: 'vcs_remote_url', code: 'invalid_remote', message }]);
}
