/** Every scope that exists, in one list on purpose: it is what an operator grants. */
export const SCOPES = [
  'projects:write',
  'sessions:read',
  'sessions:write',
  'signals:write',
  'snapshots:read',
  'snapshots:write',
  'insights:read',
  'tools:call',
  /** Running code of one's own in a sandbox. */
  'tools:run',
  /** Making and changing the dynamic tools of one's tenant. */
  'tools:admin',
  /** Showing a dynamic tool to every tenant. */
  'tools:publish',
  'breakers:read',
  'breakers:write',
  'upstreams:read',
  'upstreams:write',
] as const;

export type Scope = (typeof SCOPES)[number];
