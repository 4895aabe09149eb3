create table snapshots (
  id            uuid primary key,
  tenant        text not null,
  session_id    uuid not null references sessions (id),
  snapshot_type text not null,
  payload       jsonb not null,
  sha256        bytea not null,
  created_at    timestamptz(3) not null default now()
);
create index snapshots_latest on snapshots (session_id, snapshot_type, id desc);
create index snapshots_of_session on snapshots (session_id, id desc);
