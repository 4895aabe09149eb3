create table sessions (
  id                   uuid primary key,
  tenant               text not null,
  external_session_key text not null,
  user_id              text not null,
  workspace_id         text not null,
  project_id           uuid,
  start_time           timestamptz(3) not null,
  end_time             timestamptz(3),
  status               text not null default 'active' check (status in ('active', 'completed', 'abandoned', 'failed')),
  event_count          bigint not null default 0,
  agent_activity_score double precision not null default 0,
  human_activity_score double precision not null default 0,
  error_density        double precision not null default 0,
  milestone_breakdown  jsonb not null default '{}',
  tags                 text[] not null default '{}',
  config_snapshot      jsonb,
  requires_processing  boolean not null default false,
  last_processed_at    timestamptz(3),
  created_at           timestamptz(3) not null default now(),
  updated_at           timestamptz(3) not null default now(),
  unique (tenant, workspace_id, external_session_key),
  foreign key (tenant, project_id) references projects (tenant, id),
  check (end_time >= start_time),
  check (status = 'active' or end_time is not null)
) with (fillfactor = 70); -- every batch updates its session's counters: leave room for updates in place

-- Listings are newest first, with any one filter; a page never reads more than it returns. event_count and updated_at
-- stand in no index, so that counting a batch stays an update in place.
create index sessions_newest on sessions (tenant, start_time desc, id desc);
create index sessions_newest_of_workspace on sessions (tenant, workspace_id, start_time desc, id desc);
create index sessions_newest_of_project on sessions (tenant, project_id, start_time desc, id desc);
create index sessions_newest_of_status on sessions (tenant, status, start_time desc, id desc);
-- Events may name their session by its external key alone.
create index sessions_external_key on sessions (tenant, external_session_key);
-- requires_processing is the truth about what is left to process; the job queue only makes it quick.
create index sessions_to_process on sessions (updated_at) where requires_processing;
