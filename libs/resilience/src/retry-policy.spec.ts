import { describe, expect, it } from '@jest/globals';
import { backoffMs, isConnectError, RETRIED_STATUSES, retryAfterMs } from './retry-policy.js';

const NOW = Date.UTC(1994, 10, 6, 8, 49, 0);

describe('backoffMs', () => {
  it.each([
    [0, 100],
    [1, 200],
    [2, 400],
    [5, 3_200],
    [6, 5_000],
    [10, 5_000],
    [2_000, 5_000],
  ])('waits before try %d at most %d ms', (attempt, most) => {
    expect(backoffMs(attempt, () => 0)).toBe(0);
    expect(backoffMs(attempt, () => 0.5)).toBe(most / 2);
    expect(backoffMs(attempt, () => 1)).toBe(most);
  });

  it('is spread over the whole span, so that clients do not return together', () => {
    const waits = Array.from({ length: 200 }, () => backoffMs(4));
    expect(new Set(waits).size).toBeGreaterThan(50);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1_600);
  });
});

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['7', 7_000],
    [' 7 ', 7_000],
    ['007', 7_000],
    ['999999999', 999_999_999_000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
    ['Sun, 06 Nov 1994 08:48:00 GMT', 0],
  ])('reads %j', (header, ms) => expect(retryAfterMs(header, NOW)).toBe(ms));

  it.each([
    undefined,
    '',
    ' ',
    '-1',
    '+5',
    '1.5',
    '1e3',
    '0x10',
    '10s',
    '10 GMT',
    '9999999999',
    'soon',
    'Sun, GMT',
    '1994-11-06',
  ])('knows nothing from %j', (header) => expect(retryAfterMs(header, NOW)).toBeUndefined());
});

describe('isConnectError', () => {
  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])(
    '%s: nothing was sent',
    (code) => expect(isConnectError(Object.assign(new Error('x'), { code }))).toBe(true),
  );

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', ''])(
    '%s: the call may have had its effect',
    (code) => expect(isConnectError(Object.assign(new Error('ECONNREFUSED'), { code }))).toBe(false),
  );

  it.each([undefined, null, 'ECONNREFUSED', {}, new Error('ECONNREFUSED')])('%p: nothing is known', (error) => {
    expect(isConnectError(error)).toBe(false);
  });
});

it('repeats only what a repetition may change', () => expect([...RETRIED_STATUSES]).toEqual([429, 502, 503, 504]));
