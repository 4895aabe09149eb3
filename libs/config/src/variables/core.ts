import { integer, maybe, number, oneOf, string } from '#schema/schema.js';

/** Who answers, and how sessions are processed. */
export const CORE = {
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
};
