-- Tools that tenants make while the gateway is up. A row is a name in a tenant for good: one that is deleted keeps its
-- versions, and goes on counting when there is a tool of that name again.
create table dynamic_tools (
  id         uuid primary key,
  tenant     text not null,
  name       text not null check (name ~ '^[a-zA-Z][a-zA-Z0-9._:-]{2,63}$'),
  -- Grows with every change: who changes a tool may say which one it has seen.
  revision   integer not null default 1,
  -- The version that is called; null: none is approved yet.
  live       integer,
  latest     integer not null default 1,
  enabled    boolean not null default true,
  -- Every tenant sees it.
  published  boolean not null default false,
  -- SHA-256 of the host functions that an administrator has granted; they count while the live version asks for the same.
  granted    text,
  granted_by text,
  created_at timestamptz(3) not null default now(),
  created_by text not null,
  updated_at timestamptz(3) not null default now(),
  updated_by text not null,
  deleted_at timestamptz(3),
  unique (tenant, name)
);
create unique index dynamic_tools_published on dynamic_tools (name) where published and deleted_at is null;

-- Every version that there ever was. Nothing here is changed once it is written, but for its approval.
create table dynamic_tool_versions (
  tool        uuid not null references dynamic_tools on delete cascade,
  version     integer not null,
  -- title, description, inputSchema, engine, image, timeoutMs, dependencies, tier, scopes, hostFunctions.
  definition  jsonb not null check (jsonb_typeof(definition) = 'object'),
  code        text not null,
  code_sha256 text not null,
  -- The version that this one went back to.
  restored    integer,
  created_at  timestamptz(3) not null default now(),
  created_by  text not null,
  approved_at timestamptz(3),
  approved_by text,
  primary key (tool, version)
);

-- What a tool keeps for itself, for each tenant that calls it.
create table dynamic_tool_values (
  tool   uuid not null references dynamic_tools on delete cascade,
  tenant text not null,
  key    text not null check (length(key) between 1 and 256),
  value  jsonb not null,
  -- What counts against the room that the tool has for the tenant. A number may be far longer written out than it was sent.
  bytes  integer not null generated always as (octet_length(key) + octet_length(value::text)) stored,
  updated_at timestamptz(3) not null default now(),
  primary key (tool, tenant, key)
);

-- Gateways that have containers at a Docker Engine. One that has not been seen for a while is dead: the others remove them.
create table sandbox_owners (
  id      uuid primary key,
  seen_at timestamptz(3) not null default now()
);
