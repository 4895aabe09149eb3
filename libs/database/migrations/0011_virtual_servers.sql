-- Virtual servers that were added over the admin API; those of config/upstreams.yaml are not here. They belong to the
-- operator, so no row has a tenant: an entry says which tenants see it.
create table virtual_servers (
  name       text primary key check (name ~ '^[a-z][a-z0-9-]{0,31}$'),
  entry      jsonb not null check (jsonb_typeof(entry) = 'object'),
  -- Grows with every change: who replaces an entry says which one it has seen.
  revision   integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by text not null,
  updated_at timestamptz(3) not null default now(),
  updated_by text not null
);
