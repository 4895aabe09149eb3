-- What upstreams say that their tools are: what was approved, and what waits to be. The definitions are json, not jsonb:
-- they are offered with their members in the order in which they came, and nothing here looks into them.
create table upstream_definitions (
  upstream        text not null,
  tool            text not null,
  state           text not null check (state in ('approved', 'pending', 'rejected')),
  approved        json,
  approved_sha256 text,
  -- What the upstream says instead; kept when it was rejected, so that nobody is asked twice.
  pending         json,
  pending_sha256  text,
  classes         text[] not null default '{}',
  harmless        boolean not null default false,
  -- Whether it was among those offered when the upstream was last seen.
  offered         boolean not null,
  first_seen      timestamptz(3) not null default now(),
  changed_at      timestamptz(3),
  decided_at      timestamptz(3),
  -- Who decided; null where the upstream's policy did.
  decided_by      text,
  -- How often an administrator has decided. Replicas compare the sum.
  decisions       integer not null default 0,
  -- Grows with every change. A change names the one that it was made from: of two at once one is made again.
  revision        integer not null default 1,
  primary key (upstream, tool),
  check ((approved is null) = (approved_sha256 is null)),
  check ((pending is null) = (pending_sha256 is null)),
  check ((state = 'approved') = (pending is null)),
  check (approved is not null or pending is not null)
);
-- Whether anything has changed is asked with every list: answered from the index alone.
create index upstream_definitions_revisions on upstream_definitions (upstream) include (revision, decisions);
