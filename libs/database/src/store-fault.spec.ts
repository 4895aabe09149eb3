import { describe, expect, it } from '@jest/globals';
import { DatabaseError } from 'pg';
import { isStoreUnavailable } from './store-fault.js';

const withCode = (code: unknown, message = 'x') => Object.assign(new Error(message), { code });

function fromServer(code: string): DatabaseError {
  const error = new DatabaseError('x', 1, 'error');
  error.code = code;
  return error;
}

describe('isStoreUnavailable', () => {
  it.each([
    '08000',
    '08001',
    '08003',
    '08004',
    '08006',
    '08P01',
    '57P01',
    '57P02',
    '57P03',
    '57P04',
    '57P05',
    '57014',
    '53000',
    '53100',
    '53200',
    '53300',
    '53400',
  ])('SQLSTATE %s: not now', (code) => expect(isStoreUnavailable(fromServer(code))).toBe(true));

  it.each([
    '22021',
    '22P02',
    '23505',
    '23503',
    '25P02',
    '40001',
    '40P01',
    '42601',
    '42P01',
    '57000',
    '57P06',
    '53500',
    '08',
    '080000',
    '0800',
    'X08000',
    '',
    '57P01 ',
  ])('SQLSTATE %j: the query was wrong', (code) => expect(isStoreUnavailable(fromServer(code))).toBe(false));

  it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN'])(
    '%s: the server is not there',
    (code) => expect(isStoreUnavailable(withCode(code))).toBe(true),
  );

  it('every address refused: the server is not there', () => {
    const refused = new AggregateError([withCode('ECONNREFUSED')], '');
    expect(isStoreUnavailable(Object.assign(refused, { code: 'ECONNREFUSED' }))).toBe(true);
  });

  it.each([
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Client was closed and is not queryable',
    'driver has already been destroyed',
  ])('%j, which pg says without a code', (message) => expect(isStoreUnavailable(new Error(message))).toBe(true));

  it.each([
    ['a code before the message', withCode('42601', 'Connection terminated')],
    ['a code of ours', withCode('session_not_found', 'Connection terminated')],
    ['any error', new TypeError('x is not a function')],
    ['an error without message', { message: undefined }],
    ['a number for a message', { message: 8000 }],
    ['text', 'Connection terminated'],
    ['null', null],
    ['undefined', undefined],
    ['a number', 8000],
  ])('%s: not the store', (_what, error) => expect(isStoreUnavailable(error)).toBe(false));
});
