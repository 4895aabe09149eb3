-- Append-only. No foreign key to sessions: ingestion locks the session row in the statement that inserts, sessions are
-- never deleted, and a key check per row would cost a third of the ingest rate.
create table events (
  id                     uuid not null,
  tenant                 text not null,
  session_id             uuid not null,
  event_hash             bytea not null,
  event_type             text not null,
  source_type            text not null,
  client_timestamp       timestamptz(3) not null,
  server_timestamp       timestamptz(3) not null,
  source_name            text,
  file_path              text,
  project_root           text,
  language               text,
  payload                jsonb,
  raw_message            text,
  attribution_source     text,
  attribution_confidence double precision,
  agent_metadata         jsonb,
  metadata_              jsonb,
  created_at             timestamptz(3) not null default now(),
  primary key (session_id, event_hash)
);

-- Both indexes start with the session, so that ingest touches the few pages of the sessions that are running, however
-- many events are stored.
create index events_chronological on events (session_id, client_timestamp, id);

-- lz4 costs a fraction of pglz per stored payload; a server built without it keeps its default.
do $$
begin
  alter table events alter column payload set compression lz4;
  alter table events alter column raw_message set compression lz4;
exception when feature_not_supported then null;
end $$;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end $$;

create trigger events_are_append_only before update or delete or truncate on events
  for each statement execute function refuse_change();
