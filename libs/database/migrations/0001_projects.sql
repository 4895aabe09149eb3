-- One project per workspace and identity: the normalised remote repository, or the root folder where there is none.
create table projects (
  id             uuid primary key,
  tenant         text not null,
  workspace_id   text not null,
  identity       text not null,
  canonical_name text not null,
  workspace_root text not null,
  vcs_remote_url text,
  tags           text[] not null default '{}',
  created_at     timestamptz(3) not null default now(),
  unique (tenant, workspace_id, identity),
  unique (tenant, id)
);
