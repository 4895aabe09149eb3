import { sql, type SqlBool } from 'kysely';
import type { Database } from '#database/database.js';
import type { Definition } from './content.js';
import type { ToolAndVersion, ToolRow, ToolState, VersionRow } from './tool-row.js';

const TOOL = [
  't.id',
  't.tenant',
  't.name',
  't.revision',
  't.live',
  't.latest',
  't.enabled',
  't.published',
  't.granted',
  't.created_at',
  't.created_by',
  't.updated_at',
  't.updated_by',
  't.deleted_at',
] as const;
const STATE = ['t.id', 't.tenant', 't.name', 't.revision', 't.published', 't.granted'] as const;
const VERSION = [
  'version',
  'code_sha256',
  'restored',
  'created_at',
  'created_by',
  'approved_at',
  'approved_by',
] as const;

/** What is read of dynamic tools. */
export class ToolRows {
  constructor(private readonly database: Database) {}

  /** Those that there are, with their latest versions, by name. */
  async list(tenant: string, withCode: boolean): Promise<ToolAndVersion[]> {
    const rows = await this.latest(withCode)
      .where('t.tenant', '=', tenant)
      .where('t.deleted_at', 'is', null)
      .orderBy(sql`t.name collate "C"`)
      .execute();
    return rows.map(split);
  }

  /** With its latest version and the code; one that was deleted, too. */
  async find(tenant: string, name: string): Promise<ToolAndVersion | undefined> {
    const row = await this.latest(true).where('t.tenant', '=', tenant).where('t.name', '=', name).executeTakeFirst();
    return row && split(row);
  }

  /** Every version, newest first. */
  async versions(id: string): Promise<VersionRow[]> {
    return this.database
      .selectFrom('dynamic_tool_versions')
      .select(VERSION)
      .where('tool', '=', id)
      .orderBy('version', 'desc')
      .execute();
  }

  async version(
    id: string,
    version: number,
  ): Promise<(VersionRow & { definition: Definition; code: string }) | undefined> {
    const row = await this.database
      .selectFrom('dynamic_tool_versions')
      .select([...VERSION, 'definition', 'code'])
      .where('tool', '=', id)
      .where('version', '=', version)
      .executeTakeFirst();
    return row && { ...row, definition: row.definition as unknown as Definition };
  }

  async code(id: string, version: number): Promise<string | undefined> {
    const row = await this.database
      .selectFrom('dynamic_tool_versions')
      .select('code')
      .where('tool', '=', id)
      .where('version', '=', version)
      .executeTakeFirst();
    return row?.code;
  }

  /** Whether another tenant shows a tool of this name to all. */
  async isPublishedElsewhere(tenant: string, name: string): Promise<boolean> {
    const row = await this.database
      .selectFrom('dynamic_tools')
      .select('id')
      .where('name', '=', name)
      .where('tenant', '<>', tenant)
      .where('published', '=', true)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** All that there are, or those of these ids, whether they are there still or not. */
  async states(ids?: readonly string[]): Promise<ToolState[]> {
    let query = this.database
      .selectFrom('dynamic_tools as t')
      .leftJoin('dynamic_tool_versions as v', (join) =>
        join.onRef('v.tool', '=', 't.id').onRef('v.version', '=', 't.live').on('t.enabled', '=', true),
      )
      .select([...STATE, 'v.version', 'v.definition', sql<boolean>`t.deleted_at is null`.as('is_there')]);
    query = ids ? query.where(sql<SqlBool>`t.id = any(${ids}::uuid[])`) : query.where('t.deleted_at', 'is', null);
    const rows = await query.execute();
    return rows.map(({ id, revision, is_there: isThere, version, definition, ...row }) => {
      const isLive = isThere && version !== null && definition !== null;
      return {
        id,
        revision,
        isThere,
        ...(isLive && { live: { id, revision, version, definition: definition as unknown as Definition, ...row } }),
      };
    });
  }

  /** Revisions by id, of all that there are. */
  async revisions(): Promise<Map<string, number>> {
    const query = this.database.selectFrom('dynamic_tools').select(['id', 'revision']).where('deleted_at', 'is', null);
    return new Map((await query.execute()).map(({ id, revision }) => [id, revision]));
  }

  /** Other than before whenever a row is. */
  async fingerprint(): Promise<string> {
    const row = await this.database
      .selectFrom('dynamic_tools')
      .select(sql<string>`count(*) || ' ' || coalesce(sum(hashtextextended(id || ' ' || revision, 0)), 0)`.as('seen'))
      .where('deleted_at', 'is', null)
      .executeTakeFirstOrThrow();
    return row.seen;
  }

  private latest(withCode: boolean) {
    return this.database
      .selectFrom('dynamic_tools as t')
      .innerJoin('dynamic_tool_versions as v', (join) =>
        join.onRef('v.tool', '=', 't.id').onRef('v.version', '=', 't.latest'),
      )
      .select([...TOOL, 'v.definition', 'v.code_sha256', sql<number>`octet_length(v.code)`.as('code_bytes')])
      .$if(withCode, (query) => query.select('v.code'));
  }
}

type Joined = ToolRow & {
  readonly definition: Record<string, unknown>;
  readonly code?: string;
  readonly code_sha256: string;
  readonly code_bytes: number;
};

function split({ definition, code, code_sha256: codeSha256, code_bytes: codeBytes, ...tool }: Joined): ToolAndVersion {
  return {
    tool,
    version: tool.latest,
    definition: definition as unknown as Definition,
    codeSha256,
    codeBytes,
    ...(code !== undefined && { code }),
  };
}
