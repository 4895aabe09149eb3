import { describe, expect, it } from '@jest/globals';
import { clockFault, parseInstant } from './instant.js';

const NEW_YEAR = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

describe('parseInstant', () => {
  it.each([
    ['2026-01-01T00:00:00Z', NEW_YEAR],
    ['2026-01-01t00:00:00z', NEW_YEAR],
    ['2026-01-01 00:00:00Z', NEW_YEAR],
    ['2026-01-01T00:00:00+00:00', NEW_YEAR],
    ['2026-01-01T00:00:00-00:00', NEW_YEAR],
    ['2026-01-01T05:30:00+05:30', NEW_YEAR],
    ['2025-12-31T14:00:00-10:00', NEW_YEAR],
    ['2025-12-31T24:00:00Z', NEW_YEAR],
    ['2026-01-01T00:00:00.1Z', NEW_YEAR + 100],
    ['2026-01-01T00:00:00.123Z', NEW_YEAR + 123],
    ['2026-01-01T00:00:00.1239999Z', NEW_YEAR + 123],
    ['2026-01-01T00:00:00.123456789+00:00', NEW_YEAR + 123],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
    ['1969-12-31T23:59:59.999Z', -1],
    ['9999-12-31T23:59:59Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
  ])('reads %s', (text, ms) => expect(parseInstant(text)).toBe(ms));

  it.each([
    '',
    'now',
    '0',
    '1767225600000',
    '2026-01-01',
    '2026-01-01T00:00:00',
    '2026-01-01T00:00Z',
    '20260101T000000Z',
    '2026-02-30T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-32T00:00:00Z',
    '2026-01-01T25:00:00Z',
    '2026-01-01T24:00:01Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T23:59:60Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+00:60',
    '2026-01-01T00:00:00+0100',
    '2026-01-01T00:00:00+01',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00.1234567890Z',
    '2026-01-01T00:00:00,5Z',
    '+002026-01-01T00:00:00Z',
    '-2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z\n',
    ' 2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00ZZ',
    '٢٠٢٦-01-01T00:00:00Z',
    '2026-01-01T00:00:00−01:00',
    'Thu, 01 Jan 2026 00:00:00 GMT',
  ])('does not read %j', (text) => expect(parseInstant(text)).toBeUndefined());
});

describe('clockFault', () => {
  it.each([
    ['the first moment of 2000', Date.UTC(2000, 0, 1), undefined],
    ['the moment before', Date.UTC(2000, 0, 1) - 1, 'must not be before the year 2000'],
    ['now', NEW_YEAR, undefined],
    ['24 hours ahead', NEW_YEAR + 24 * HOUR, undefined],
    ['a moment more', NEW_YEAR + 24 * HOUR + 1, 'must not be more than 24 hours ahead of the server'],
  ])('%s', (_what, ms, fault) => expect(clockFault(ms, NEW_YEAR)).toBe(fault));
});
