import { integer, maybe, number, string } from '#schema/schema.js';

/** Where what the gateway knows is kept. */
export const DATABASE = {
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
};
