import type { Kysely } from 'kysely';
import type { Caller } from '#core/caller.js';
import { SessionNotFound } from '#core/core.errors.js';
import type { Tables } from '#database/tables.js';

/** @throws SessionNotFound unless the session exists in the caller's tenant. */
export async function requireSession(database: Kysely<Tables>, caller: Caller, id: string): Promise<void> {
  const session = await database
    .selectFrom('sessions')
    .select('id')
    .where('tenant', '=', caller.tenant)
    .where('id', '=', id)
    .executeTakeFirst();
  if (!session) throw new SessionNotFound(id);
}
