import { Instant } from '#core/wire.js';
import { UPSTREAM_KINDS } from '#config/upstreams-file.js';
import { array, boolean, integer, maybe, number, object, oneOf, record, string, type Static } from '#schema/schema.js';
import { UPSTREAM_STATES } from '../upstream-states.service.js';

const Shared = {
  name: string(),
  kind: oneOf(UPSTREAM_KINDS),
  origin: oneOf(['file', 'admin'], { description: 'Who wrote it. What stands in the file changes there only.' }),
  state: oneOf(UPSTREAM_STATES, { description: 'As the process that answers sees it.' }),
  enabled: boolean(),
  required: boolean({ description: 'True: /readyz is degraded while it is away.' }),
  url: maybe(string({ description: 'Without a user name and without its query. A process: its command.' })),
  description: maybe(string()),
  era: maybe(oneOf(['modern', 'legacy'])),
  protocol_version: maybe(string()),
  tools: object({ offered: integer(), withheld: integer() }),
  last_error: maybe(string()),
  last_seen_at: maybe(Instant),
  breakers: object({ closed: integer(), open: integer(), half_open: integer() }),
  revision: maybe(integer({ description: 'Of one of the API: what If-Match wants.' })),
} as const;

/** An upstream in the list. */
export const UpstreamOut = object(Shared, { $id: 'Upstream' });
export type UpstreamOut = Static<typeof UpstreamOut>;

export const UpstreamList = object({ upstreams: array(UpstreamOut) }, { $id: 'UpstreamList' });

/** An upstream by itself. */
export const UpstreamDetail = object(
  {
    ...Shared,
    entry: maybe(record(undefined, { description: 'As it was given; values of headers are hidden.' })),
    withheld: array(object({ name: string(), state: oneOf(['quarantined', 'excluded']), reason: string() })),
    connection: record(undefined, { description: 'Processes, sessions, the end of standard error.' }),
    created_at: maybe(Instant),
    created_by: maybe(string()),
    updated_at: maybe(Instant),
    updated_by: maybe(string()),
  },
  { $id: 'UpstreamDetail' },
);
export type UpstreamDetail = Static<typeof UpstreamDetail>;

/** An entry of `config/upstreams.yaml`, as JSON. */
export const UpstreamEntry = record(undefined, {
  $id: 'UpstreamEntry',
  description: 'An entry of config/upstreams.yaml. Kinds: http, sse, openapi. Where the path has no name: with `name`.',
});

export const TRIAL_STEPS = ['resolve', 'connect', 'era', 'auth', 'list'] as const;

/** What was tried, step by step, until one failed. */
export const UpstreamTrial = object(
  {
    ok: boolean(),
    steps: array(
      object({
        step: oneOf(TRIAL_STEPS),
        ok: boolean(),
        ms: number(),
        detail: string(),
      }),
    ),
  },
  { $id: 'UpstreamTrial' },
);
export type UpstreamTrial = Static<typeof UpstreamTrial>;
export type TrialStep = UpstreamTrial['steps'][number];
