import { sql, type Transaction } from 'kysely';
import { newId } from '#core/identifiers.js';
import type { Database } from '#database/database.js';
import type { Tables } from '#database/tables.js';
import { type Content, sha256 } from './content.js';
import type { ToolAndVersion, ToolRow } from './tool-row.js';

/** A version that is to be written. */
export interface NewVersion {
  readonly content: Content;
  /** True: it is called from now on, without anybody's approval. */
  readonly isLive: boolean;
  /** The version that it goes back to. */
  readonly restored?: number;
}

/** What becomes other about a tool. */
export interface Change {
  readonly enabled?: boolean;
  readonly published?: boolean;
  readonly granted?: string | null;
  readonly version?: NewVersion;
  /** Approves the latest version. */
  readonly approve?: true;
}

/** A tool that is to be made. */
export interface NewTool {
  readonly tenant: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly version: NewVersion;
  /** Tools that the tenant may have. */
  readonly most: number;
  readonly by: string;
}

/** Or why there is none. */
export type Made = ToolAndVersion | 'exists' | 'too_many';

const TOOL = [
  'id',
  'tenant',
  'name',
  'revision',
  'live',
  'latest',
  'enabled',
  'published',
  'granted',
  'created_at',
  'created_by',
  'updated_at',
  'updated_by',
  'deleted_at',
] as const;

const now = sql<Date>`now()`;

/** What is written of dynamic tools: each a transaction, of which there is all or nothing. */
export class ToolWrites {
  constructor(private readonly database: Database) {}

  /**
   * A new tool, or a new version of one that was deleted. The tools of one tenant are made one after the other, so that
   * there are never more than `most`.
   */
  create({ tenant, name, enabled, version, most, by }: NewTool): Promise<Made> {
    return this.database.transaction().execute(async (work) => {
      await sql`select pg_advisory_xact_lock(hashtextextended('dynamic_tools ' || ${tenant}, 0))`.execute(work);
      const old = await work
        .selectFrom('dynamic_tools')
        .select(['id', 'latest', 'deleted_at'])
        .where('tenant', '=', tenant)
        .where('name', '=', name)
        .forUpdate()
        .executeTakeFirst();
      if (old && old.deleted_at === null) return 'exists';
      if ((await countOf(work, tenant)) >= most) return 'too_many';
      const latest = (old?.latest ?? 0) + 1;
      const id = old?.id ?? newId();
      const values = { latest, live: version.isLive ? latest : null, enabled, created_by: by, updated_by: by };
      const tool = old
        ? await work
            .updateTable('dynamic_tools')
            .set({ ...values, revision: sql`revision + 1`, created_at: now, updated_at: now, deleted_at: null })
            .where('id', '=', id)
            .returning(TOOL)
            .executeTakeFirstOrThrow()
        : await work
            .insertInto('dynamic_tools')
            .values({ id, tenant, name, granted: null, granted_by: null, ...values })
            .returning(TOOL)
            .executeTakeFirstOrThrow();
      await insertVersion(work, id, latest, version, by);
      return withContent(tool, version.content);
    });
  }

  /** @returns undefined, and changes nothing, where the tool is no longer of this revision */
  change(found: ToolAndVersion, change: Change, by: string): Promise<ToolAndVersion | undefined> {
    const { id, revision, latest, live } = found.tool;
    const { enabled, published, granted, version, approve } = change;
    const next = version ? latest + 1 : latest;
    return this.database.transaction().execute(async (work) => {
      const tool = await work
        .updateTable('dynamic_tools')
        .set({
          revision: revision + 1,
          latest: next,
          live: version?.isLive === true || approve ? next : live,
          ...(enabled !== undefined && { enabled }),
          ...(published !== undefined && { published }),
          ...(granted !== undefined && { granted, granted_by: granted === null ? null : by }),
          updated_at: now,
          updated_by: by,
        })
        .where('id', '=', id)
        .where('revision', '=', revision)
        .where('deleted_at', 'is', null)
        .returning(TOOL)
        .executeTakeFirst();
      if (!tool) return undefined;
      if (version) await insertVersion(work, id, next, version, by);
      if (approve) {
        await work
          .updateTable('dynamic_tool_versions')
          .set({ approved_at: now, approved_by: by })
          .where('tool', '=', id)
          .where('version', '=', next)
          .execute();
      }
      return version ? withContent(tool, version.content) : { ...found, tool };
    });
  }

  /** Its versions stay; what it has kept, and what it was granted, does not. @returns its revision then; undefined where it is another by now */
  remove({ id, revision }: ToolRow, by: string): Promise<number | undefined> {
    const gone = { live: null, published: false, granted: null, granted_by: null };
    return this.database.transaction().execute(async (work) => {
      const removed = await work
        .updateTable('dynamic_tools')
        .set({ ...gone, revision: revision + 1, deleted_at: now, updated_at: now, updated_by: by })
        .where('id', '=', id)
        .where('revision', '=', revision)
        .where('deleted_at', 'is', null)
        .returning('revision')
        .executeTakeFirst();
      if (!removed) return undefined;
      await work.deleteFrom('dynamic_tool_values').where('tool', '=', id).execute();
      return removed.revision;
    });
  }
}

const withContent = (tool: ToolRow, { definition, code }: Content): ToolAndVersion => ({
  tool,
  version: tool.latest,
  definition,
  code,
  codeSha256: sha256(code),
  codeBytes: Buffer.byteLength(code),
});

async function countOf(work: Transaction<Tables>, tenant: string): Promise<number> {
  const { n } = await work
    .selectFrom('dynamic_tools')
    .select((eb) => eb.fn.countAll<string>().as('n'))
    .where('tenant', '=', tenant)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(n);
}

/** A version that nobody has to approve counts as approved when it was made, by nobody. */
async function insertVersion(
  work: Transaction<Tables>,
  tool: string,
  version: number,
  { content, isLive, restored }: NewVersion,
  by: string,
): Promise<void> {
  await work
    .insertInto('dynamic_tool_versions')
    .values({
      tool,
      version,
      definition: JSON.stringify(content.definition),
      code: content.code,
      code_sha256: sha256(content.code),
      restored: restored ?? null,
      created_by: by,
      approved_by: null,
      ...(isLive && { approved_at: now as unknown as Date }),
    })
    .execute();
}
