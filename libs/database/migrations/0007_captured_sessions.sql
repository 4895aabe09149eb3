-- Sessions that the gateway opened for tool calls end by themselves when they have been silent: here they are found.
create index sessions_captured on sessions (start_time) where status = 'active' and tags @> '{gateway-captured}';
