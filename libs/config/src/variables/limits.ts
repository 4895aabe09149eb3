import { integer, maybe, oneOf, string } from '#schema/schema.js';

/** How often. */
export const LIMITS = {
  REDIS_URL: maybe(
    string({
      pattern: '^rediss?://',
      secret: true,
      aliases: ['MCP_GATEWAY_REDIS_URL'],
      production: 'redis://:CHANGE_ME@redis:6379',
      description: 'Redis 6.2 or later, where replicas count together. Unset: each process counts in its own memory.',
    }),
  ),
  RATE_LIMIT_RPM: integer({
    default: 100,
    minimum: 1,
    maximum: 1_000_000_000,
    aliases: ['MCP_GATEWAY_RATE_LIMIT_RPM'],
    description: 'Requests per minute of one subject, where config/rate-limits.yaml says nothing else.',
  }),
  RATE_LIMIT_FAIL_MODE: oneOf(['open', 'closed'], {
    default: 'open',
    description: 'While Redis is away: `open` lets calls through uncounted, `closed` answers 503.',
  }),
  RATE_LIMITS_FILE: string({
    default: 'config/rate-limits.yaml',
    minLength: 1,
    description: 'Limits by tenant, subject, tier, tool and route, when the file is there. Read again when it changes.',
  }),
};
