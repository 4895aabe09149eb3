-- What processing computes from the events of a session. Replaced as a whole whenever the session is processed again;
-- ids are derived from the content, so that twice the same events give twice the same rows.
create table error_clusters (
  id                      uuid primary key,
  tenant                  text not null,
  session_id              uuid not null references sessions (id),
  project_id              uuid,
  normalized_error        text not null,
  error_type              text not null,
  representative_event_id uuid not null,
  occurrence_count        integer not null,
  first_seen_at           timestamptz(3) not null,
  last_seen_at            timestamptz(3) not null,
  metadata                jsonb not null
);
create index error_clusters_of_session on error_clusters (session_id);
create index error_clusters_recent on error_clusters (tenant, last_seen_at desc, id desc);
create index error_clusters_recent_of_project on error_clusters (tenant, project_id, last_seen_at desc, id desc);

create table event_correlations (
  id               uuid primary key,
  tenant           text not null,
  session_id       uuid not null references sessions (id),
  project_id       uuid,
  cause_event_id   uuid not null,
  effect_event_id  uuid not null,
  correlation_type text not null,
  confidence       double precision not null,
  time_delta_ms    bigint not null,
  file_match       boolean not null,
  metadata         jsonb not null,
  created_at       timestamptz(3) not null default now()
);
create index event_correlations_of_session on event_correlations (session_id);
create index event_correlations_recent on event_correlations (tenant, created_at desc, id desc);
create index event_correlations_recent_of_project on event_correlations (tenant, project_id, created_at desc, id desc);

create table agent_performance_snapshots (
  id                  uuid primary key,
  tenant              text not null,
  session_id          uuid not null references sessions (id),
  session_start_time  timestamptz(3) not null,
  agent_id            text not null,
  total_actions       integer not null,
  successful_actions  integer not null,
  induced_error_count integer not null,
  override_count      integer not null,
  success_rate        double precision not null,
  induced_error_rate  double precision not null,
  override_rate       double precision not null,
  regression_flags    text[] not null,
  metrics_version     integer not null,
  created_at          timestamptz(3) not null default now()
);
create index agent_performance_of_session on agent_performance_snapshots (session_id);
create index agent_performance_recent on agent_performance_snapshots (tenant, created_at desc, id desc);
create index agent_performance_recent_of_agent on agent_performance_snapshots (tenant, agent_id, created_at desc, id desc);
-- The trailing baseline: an agent's sessions that started before this one.
create index agent_performance_baseline on agent_performance_snapshots (tenant, agent_id, session_start_time, session_id);

create table insights (
  id         uuid primary key,
  tenant     text not null,
  session_id uuid not null references sessions (id),
  agent_id   text,
  severity   text not null check (severity in ('info', 'low', 'medium', 'high', 'critical')),
  category   text not null,
  title      text not null,
  message    text not null,
  payload    jsonb not null,
  created_at timestamptz(3) not null default now()
);
create index insights_newest on insights (session_id, created_at desc, id desc);
