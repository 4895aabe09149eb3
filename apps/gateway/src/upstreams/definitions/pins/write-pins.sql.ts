import { type RawBuilder, sql } from 'kysely';

/**
 * Many rows in one statement. A row that is new is inserted unless another replica was first; one that is known is
 * changed unless somebody has changed it since. What is returned is what was written.
 * @param writes `PinWrite[]` as JSON
 */
export const WRITE_PINS = (upstream: string, writes: string): RawBuilder<{ tool: string }> => sql`
  with given as (
    select * from json_to_recordset(${writes}::json) as given(
      tool text, revision integer, take text, definition json, sha256 text, classes json, harmless boolean, offered boolean
    )
  ), wanted as (
    select given.*, array(select json_array_elements_text(coalesce(given.classes, '[]'))) as reasons from given
  ), inserted as (
    insert into upstream_definitions (
      upstream, tool, state, approved, approved_sha256, pending, pending_sha256, classes, harmless, offered, decided_at
    )
    select ${upstream}, tool,
      case take when 'approve' then 'approved' else 'pending' end,
      case take when 'approve' then definition end,
      case take when 'approve' then sha256 end,
      case take when 'pend' then definition end,
      case take when 'pend' then sha256 end,
      reasons, coalesce(harmless, false), offered,
      case take when 'approve' then now() end
    from wanted where revision = 0 and take in ('approve', 'pend')
    on conflict (upstream, tool) do nothing
    returning tool
  ), locked as (
    select known.tool, wanted.take, wanted.definition, wanted.sha256, wanted.reasons, wanted.harmless, wanted.offered
    from upstream_definitions known join wanted on known.tool = wanted.tool and known.revision = wanted.revision
    where known.upstream = ${upstream}
    order by known.tool
    for update of known
  ), updated as (
    update upstream_definitions known set
      state = case locked.take when 'pend' then 'pending' when 'keep' then known.state else 'approved' end,
      approved = case locked.take when 'approve' then locked.definition else known.approved end,
      approved_sha256 = case locked.take when 'approve' then locked.sha256 else known.approved_sha256 end,
      pending = case locked.take when 'pend' then locked.definition when 'keep' then known.pending end,
      pending_sha256 = case locked.take when 'pend' then locked.sha256 when 'keep' then known.pending_sha256 end,
      classes = case locked.take when 'pend' then locked.reasons when 'keep' then known.classes else '{}' end,
      harmless = case locked.take when 'pend' then coalesce(locked.harmless, false) when 'keep' then known.harmless else false end,
      changed_at = case when locked.take in ('approve', 'pend') then now() else known.changed_at end,
      decided_at = case locked.take when 'approve' then now() else known.decided_at end,
      decided_by = case locked.take when 'approve' then null else known.decided_by end,
      offered = locked.offered,
      revision = known.revision + 1
    from locked
    where known.upstream = ${upstream} and known.tool = locked.tool
    returning known.tool
  )
  select tool from inserted union all select tool from updated`;
