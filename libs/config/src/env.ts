import { integer, maybe, number, object, oneOf, string, type Static } from '#schema/schema.js';

/**
 * Every variable that the gateway reads, declared once: its type, range, default and meaning. `load-config.ts` checks
 * an environment against it, `.env.example` and `.env.prod.example` are kept complete against it by a test. A variable
 * marked `secret` has no default and is never printed.
 */
export const Env = object({
  HOST: string({ default: '127.0.0.1', minLength: 1, description: 'Address to listen on.', production: '0.0.0.0' }),
  PORT: integer({ default: 8080, minimum: 0, maximum: 65_535, description: 'Port to listen on; 0 picks one.' }),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'Least severe log line to write.',
  }),

  DATABASE_URL: maybe(
    string({
      pattern: '^postgres(ql)?://',
      secret: true,
      production: 'postgres://achilles:CHANGE_ME@postgres:5432/achilles',
      description:
        'PostgreSQL 15 or later, postgres://user:password@host:5432/database. Unset: the gateway runs its own under DATA_DIR.',
    }),
  ),
  DATABASE_POOL_SIZE: integer({
    default: 8,
    minimum: 2,
    maximum: 200,
    description: 'Connections to PostgreSQL for requests; processing has up to 3 more.',
  }),
  DATABASE_START_TIMEOUT_SECONDS: number({
    default: 20,
    minimum: 0,
    maximum: 600,
    description: 'How long a start waits for a PostgreSQL that is not there yet.',
  }),
  DATA_DIR: string({
    default: '.achilles',
    minLength: 1,
    description: 'Where the embedded PostgreSQL keeps its data. One gateway at a time.',
  }),

  ACHILLES_CORE: oneOf(['embedded', 'remote'], {
    default: 'embedded',
    description:
      'Which engine answers: `embedded` stores and processes here; `remote` passes each call to ACHILLES_BASE_URL.',
  }),
  ACHILLES_BASE_URL: maybe(string({ pattern: '^https?://', description: 'Achilles Core, when ACHILLES_CORE=remote.' })),
  ACHILLES_API_KEY: maybe(
    string({
      minLength: 16,
      secret: true,
      description: 'Bearer token for Achilles Core, when ACHILLES_CORE=remote.',
    }),
  ),
  HTTP_TIMEOUT_SECONDS: number({
    default: 10,
    minimum: 0.05,
    maximum: 600,
    description: 'Longest wait for one answer of Achilles Core.',
  }),
  HTTP_MAX_RETRIES: integer({
    default: 3,
    minimum: 0,
    maximum: 10,
    description: 'Tries after the first, on connect errors, 429, 502, 503 and 504 of calls that are safe to repeat.',
  }),

  MAX_BODY_BYTES: integer({
    default: 1_048_576,
    minimum: 1_024,
    maximum: 67_108_864,
    description: 'Largest request body, but for event batches.',
  }),
  MAX_BATCH_BYTES: integer({
    default: 8_388_608,
    minimum: 1_024,
    maximum: 67_108_864,
    description: 'Largest body of POST /signals/events/batch; `max_payload_bytes` of the handshake.',
  }),
  MAX_EVENT_BYTES: integer({
    default: 262_144,
    minimum: 1_024,
    maximum: 8_388_608,
    description: 'Largest single event, as canonical JSON.',
  }),
  PREFERRED_BATCH_SIZE: integer({
    default: 500,
    minimum: 1,
    maximum: 1_000,
    description: 'Events per batch that the handshake recommends.',
  }),
  SESSION_TOKEN_TTL_SECONDS: integer({
    default: 28_800,
    minimum: 60,
    maximum: 604_800,
    description: 'Life of the mcp_session_token that a handshake gives out.',
  }),
  PROCESSING_CONCURRENCY: integer({
    default: 1,
    minimum: 0,
    maximum: 16,
    description: 'Sessions that this replica processes at once; 0 leaves processing to other replicas.',
  }),
});

/** The environment once parsed: numbers are numbers, defaults are filled in. */
export type Config = Static<typeof Env>;

type VariableName = Extract<keyof Config, string>;

/** A variable as its declaration describes it. */
export interface Variable {
  readonly name: VariableName;
  readonly description: string;
  readonly default?: string | number;
  readonly secret: boolean;
  /** What `.env.prod.example` sets it to. */
  readonly production?: string;
  readonly optional: boolean;
  readonly type: string;
  readonly range?: string;
}

interface Declared {
  minimum?: number;
  maximum?: number;
  description: string;
  default?: string | number;
  secret?: boolean;
  production?: string;
  type?: string;
  enum?: readonly string[];
}

/** Every declared variable in order, for the documents and the tests that keep them complete. */
export const VARIABLES: readonly Variable[] = Object.entries(Env.properties).map(([name, schema]) => {
  const declared = schema as unknown as Declared;
  return {
    name: name as VariableName,
    description: declared.description,
    default: declared.default,
    secret: declared.secret === true,
    production: declared.production,
    optional: !Env.required.includes(name),
    type: declared.enum ? declared.enum.join(' | ') : (declared.type ?? 'string'),
    range: declared.minimum === undefined ? undefined : `${declared.minimum}–${declared.maximum}`,
  };
});
