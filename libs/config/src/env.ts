import Type, { type Static } from 'typebox';

/**
 * Every variable that the gateway reads, declared once: its type, range, default and meaning. `load-config.ts` checks
 * an environment against it, `.env.example` and `.env.prod.example` are kept complete against it by a test. A variable
 * marked `secret` has no default and is never printed.
 */
export const Env = Type.Object(
  {
    HOST: Type.String({ default: '127.0.0.1', minLength: 1, description: 'Address to listen on.' }),
    PORT: Type.Integer({ default: 8080, minimum: 0, maximum: 65_535, description: 'Port to listen on; 0 picks one.' }),
    LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      default: 'info',
      description: 'Least severe log line to write.',
    }),

    DATABASE_URL: Type.Optional(
      Type.String({
        pattern: '^postgres(ql)?://',
        secret: true,
        description:
          'PostgreSQL 15 or later, postgres://user:password@host:5432/database. Unset: the gateway runs its own under DATA_DIR.',
      }),
    ),
    DATABASE_POOL_SIZE: Type.Integer({
      default: 8,
      minimum: 2,
      maximum: 200,
      description: 'Connections to PostgreSQL for requests; processing has up to 3 more.',
    }),
    DATA_DIR: Type.String({
      default: '.achilles',
      minLength: 1,
      description: 'Where the embedded PostgreSQL keeps its data. One gateway at a time.',
    }),

    ACHILLES_CORE: Type.Enum(['embedded', 'remote'], {
      default: 'embedded',
      description:
        'Which engine answers: `embedded` stores and processes here; `remote` passes each call to ACHILLES_BASE_URL.',
    }),
    ACHILLES_BASE_URL: Type.Optional(
      Type.String({ pattern: '^https?://', description: 'Achilles Core, when ACHILLES_CORE=remote.' }),
    ),
    ACHILLES_API_KEY: Type.Optional(
      Type.String({
        minLength: 16,
        secret: true,
        description: 'Bearer token for Achilles Core, when ACHILLES_CORE=remote.',
      }),
    ),
    HTTP_TIMEOUT_SECONDS: Type.Number({
      default: 10,
      minimum: 0.05,
      maximum: 600,
      description: 'Longest wait for one answer of Achilles Core.',
    }),
    HTTP_MAX_RETRIES: Type.Integer({
      default: 3,
      minimum: 0,
      maximum: 10,
      description: 'Tries after the first, on connect errors, 429, 502, 503 and 504 of calls that are safe to repeat.',
    }),

    MAX_BODY_BYTES: Type.Integer({
      default: 1_048_576,
      minimum: 1_024,
      maximum: 67_108_864,
      description: 'Largest request body, but for event batches.',
    }),
    MAX_BATCH_BYTES: Type.Integer({
      default: 8_388_608,
      minimum: 1_024,
      maximum: 67_108_864,
      description: 'Largest body of POST /signals/events/batch; `max_payload_bytes` of the handshake.',
    }),
    MAX_EVENT_BYTES: Type.Integer({
      default: 262_144,
      minimum: 1_024,
      maximum: 8_388_608,
      description: 'Largest single event, as canonical JSON.',
    }),
    PREFERRED_BATCH_SIZE: Type.Integer({
      default: 500,
      minimum: 1,
      maximum: 1_000,
      description: 'Events per batch that the handshake recommends.',
    }),
    SESSION_TOKEN_TTL_SECONDS: Type.Integer({
      default: 28_800,
      minimum: 60,
      maximum: 604_800,
      description: 'Life of the mcp_session_token that a handshake gives out.',
    }),
    PROCESSING_CONCURRENCY: Type.Integer({
      default: 1,
      minimum: 0,
      maximum: 16,
      description: 'Sessions that this replica processes at once; 0 leaves processing to other replicas.',
    }),
  },
  { additionalProperties: true },
);

/** The environment once parsed: numbers are numbers, defaults are filled in. */
export type Config = Static<typeof Env>;

type VariableName = Extract<keyof Config, string>;

/** A variable as its declaration describes it. */
export interface Variable {
  readonly name: VariableName;
  readonly description: string;
  readonly default?: string | number;
  readonly secret: boolean;
  readonly optional: boolean;
  readonly type: string;
}

interface Declared {
  description: string;
  default?: string | number;
  secret?: boolean;
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
    optional: !(Env.required as readonly string[]).includes(name),
    type: declared.enum ? declared.enum.join(' | ') : (declared.type ?? 'string'),
  };
});
