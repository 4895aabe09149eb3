import { array, boolean, integer, maybe, object, record, string, type Static } from '#schema/schema.js';
import { readOperatorFile } from './read-operator-file.js';

const CLOSED = { additionalProperties: false } as const;
const THIRTY_DAYS = 30 * 86_400;

/** So many calls in so many seconds. 0 calls: none at all. */
const Allowance = object(
  {
    limit: integer({ minimum: 0, maximum: 1_000_000_000 }),
    seconds: integer({ minimum: 1, maximum: THIRTY_DAYS, default: 60 }),
  },
  { ...CLOSED, required: ['limit'] },
);
export type Allowance = Static<typeof Allowance>;

const pair = { subject: maybe(Allowance), tenant: maybe(Allowance) };
const Pair = object(pair, CLOSED);

const named = (pattern: string) => ({ propertyNames: { pattern } });

/** What calls of one kind count against: a subject's own allowance, and that of its whole tenant. */
const allowances = {
  ...pair,
  tiers: maybe(
    object({ bronze: maybe(Pair), silver: maybe(Pair), gold: maybe(Pair), enterprise: maybe(Pair) }, CLOSED),
  ),
  tenants: maybe(record(Pair)),
};

const Allowances = object(allowances, CLOSED);
export type Allowances = Static<typeof Allowances>;

/** `config/rate-limits.yaml`. */
export const RateLimitsFile = object(
  {
    ...allowances,
    anonymous: maybe(Allowance),
    routes: maybe(
      record(
        object(
          { ...allowances, operations: array(string({ minLength: 1 }), { minItems: 1 }), apart: maybe(boolean()) },
          CLOSED,
        ),
        named('^[a-z][a-z0-9-]{0,39}$'),
      ),
    ),
    tools: maybe(record(Allowances, named('^(\\*|[A-Za-z0-9_.-]{1,128})$'))),
  },
  CLOSED,
);
export type RateLimitsFile = Static<typeof RateLimitsFile>;

/** The rules of a file; undefined when there is no such file. @throws OperatorFileError */
export const readRateLimits = (file: string): RateLimitsFile | undefined => readOperatorFile(file, RateLimitsFile);
