import { describe, expect, it } from '@jest/globals';
import { AppError } from '#errors/app-error.js';
import { array, integer, maybe, object, oneOf, record, string } from '#schema/schema.js';
import { argumentCheck } from './argument-check.js';

const check = argumentCheck(
  object({
    key: string({ minLength: 1, maxLength: 5 }),
    id: maybe(string({ format: 'uuid' })),
    at: maybe(string({ format: 'date-time' })),
    status: maybe(oneOf(['on', 'off'])),
    limit: maybe(integer({ minimum: 1, maximum: 9, default: 3 })),
    labels: maybe(array(string({ minLength: 1 }), { maxItems: 2 })),
    payload: maybe(record()),
  }),
);

const faultOf = (args: Record<string, unknown>) => {
  try {
    check(args);
    return undefined;
  } catch (error) {
    const [fault] = (error as AppError).details.faults!;
    return `${fault!.field}: ${fault!.code}`;
  }
};

const deep = (levels: number): Record<string, unknown> => (levels === 0 ? {} : { a: deep(levels - 1) });

describe('argumentCheck', () => {
  it('fills in defaults, and takes null for nothing', () => {
    expect(check({ key: 'k', id: null, payload: { a: null } })).toEqual({ key: 'k', limit: 3, payload: { a: null } });
  });

  it('leaves what was given as it is', () => {
    const given = Object.freeze({ key: 'k' });
    check(given);
    expect(given).toEqual({ key: 'k' });
  });

  it.each([
    [{}, 'key: required'],
    [{ key: null }, 'key: required'],
    [{ key: 1 }, 'key: wrong_type'],
    [{ key: '' }, 'key: too_short'],
    [{ key: 'toolong' }, 'key: too_long'],
    [{ key: 'k', other: 1 }, 'other: unknown_field'],
    [JSON.parse('{"key":"k","__proto__":{"a":1}}') as object, '__proto__: unknown_field'],
    [{ key: 'k', id: '7' }, 'id: wrong_format'],
    [{ key: 'k', at: 'yesterday' }, 'at: invalid_timestamp'],
    [{ key: 'k', at: '2026-02-30T00:00:00Z' }, 'at: invalid_timestamp'],
    [{ key: 'k', at: '1999-01-01T00:00:00Z' }, 'at: clock_out_of_range'],
    [{ key: 'k', at: '2999-01-01T00:00:00Z' }, 'at: clock_out_of_range'],
    [{ key: 'k', status: 'broken' }, 'status: not_in_enum'],
    [{ key: 'k', limit: 0 }, 'limit: out_of_range'],
    [{ key: 'k', limit: 1.5 }, 'limit: wrong_type'],
    [{ key: 'k', limit: '3' }, 'limit: wrong_type'],
    [{ key: 'k', labels: ['a', 'b', 'c'] }, 'labels: out_of_range'],
    [{ key: 'k', labels: ['a', 1] }, 'labels.1: wrong_type'],
    [{ key: 'a\0b' }, 'key: wrong_format'],
    [{ key: 'k', labels: ['a\0'] }, 'labels: wrong_format'],
    [{ key: 'k', payload: [] }, 'payload: wrong_type'],
    [{ key: 'k', payload: deep(40) }, 'payload: too_deep'],
  ])('refuses %j', (args, fault) => {
    expect(faultOf(args as Record<string, unknown>)).toBe(fault);
  });
});
