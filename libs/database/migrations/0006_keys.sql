-- Keys that the gateway makes for itself and all its replicas share. gen_random_uuid() draws 122 bits from the
-- server's strong random source; two of them, hashed, make a 256-bit key.
create table keys (
  name       text primary key,
  value      bytea not null,
  created_at timestamptz(3) not null default now()
);
insert into keys (name, value)
values ('session_token', sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea));
