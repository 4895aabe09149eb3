import { defineError } from '#errors/define-error.js';
import type { LimitKind } from './rate-limit.rules.js';

const WHOSE: Readonly<Record<LimitKind, string>> = {
  subject: 'this subject',
  tier: "this subject's tier",
  tenant: 'this tenant',
  route: 'this route',
  tool: 'this tool',
  address: 'this address',
};

export const RateLimited = defineError(
  'rate_limited',
  429,
  (limit: LimitKind, quota: number, seconds: number, retryAfter: number) => ({
    message: `Too many calls: ${WHOSE[limit]} may make ${quota} in ${seconds} s. Try again in ${retryAfter} s.`,
    retryAfter,
    members: { error: 'RateLimitError', limit, quota, window_seconds: seconds },
  }),
);

/** Only where RATE_LIMIT_FAIL_MODE=closed. */
export const LimitsUnavailable = defineError('rate_limits_unavailable', 503, () => ({
  message: 'Calls cannot be counted right now.',
  retryAfter: 1,
}));
