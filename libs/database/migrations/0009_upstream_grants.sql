-- What users let the gateway do in their name at upstreams. `sealed` holds the tokens, AES-256-GCM under a key of
-- VAULT_KEY, bound to whose they are, for which upstream, and who gave them: the columns before `scopes`.
create table upstream_grants (
  tenant               text not null,
  issuer               text not null,
  subject              text not null,
  upstream             text not null,
  authorization_server text not null,
  resource             text not null,
  scopes               text[] not null,
  sealed               bytea not null,
  -- Counts what it held: whoever changes it says which one it read.
  version              integer not null default 1,
  -- One process at a time refreshes it, and not longer than this.
  lease_owner          uuid,
  lease_until          timestamptz(3),
  expires_at           timestamptz(3),
  connected_at         timestamptz(3) not null default now(),
  refreshed_at         timestamptz(3),
  primary key (tenant, issuer, subject, upstream)
);

-- Tickets and answers of the connect page that have been used, until they would have expired anyway.
create table upstream_connect_uses (
  id    uuid primary key,
  until timestamptz(3) not null
);
create index upstream_connect_uses_until on upstream_connect_uses (until);
