import { describe as suite, expect, it } from '@jest/globals';
import { ForbiddenException, HttpException, InternalServerErrorException, NotFoundException } from '@nestjs/common';
import { SessionNotFound, StoreUnavailable, UpstreamFailed, ValidationFailed } from '#core/core.errors.js';
import { defineError } from '#errors/define-error.js';
import { describe } from './describe-error.js';

const SECRET = 'hunter2 at /srv/app/secret.ts';
const withMembers = (members: object) => Object.assign(new Error(SECRET), members);

/** Everything of the answer as text: what a stranger could read. */
const told = (error: unknown) => JSON.stringify(describe(error));

suite('an error of ours', () => {
  it('tells its code, status and sentence', () => {
    expect(describe(new SessionNotFound('s-1'))).toEqual({
      problem: {
        type: 'urn:achilles:problem:session_not_found',
        title: 'Not Found',
        status: 404,
        detail: 'There is no session s-1.',
        code: 'session_not_found',
      },
      headers: {},
      unexpected: false,
    });
  });

  it('names each field that is wrong', () => {
    const faults = [
      { field: 'a', code: 'required', message: 'is required' },
      { field: 'b', code: 'too_long', message: 'is too long' },
    ];
    expect(describe(new ValidationFailed(faults)).problem).toMatchObject({
      status: 422,
      detail: '2 fields are not valid.',
      errors: faults,
    });
    expect(describe(new SessionNotFound('s')).problem).not.toHaveProperty('errors');
  });

  it('gives its details as members and headers', () => {
    expect(describe(new UpstreamFailed(500)).problem).toMatchObject({ status: 502, upstream_status: 500 });
    const Odd = defineError('odd', 499, () => ({ message: 'x', challenge: 'Bearer realm="a"', retryAfter: 0 }));
    expect(describe(new Odd())).toMatchObject({
      problem: { title: 'Error', status: 499 },
      headers: { 'www-authenticate': 'Bearer realm="a"', 'retry-after': '0' },
    });
  });

  it('keeps its cause and its stack to itself', () => {
    expect(told(new StoreUnavailable(new Error(SECRET)))).not.toMatch(/hunter2|secret|spec\.|stack|cause/);
  });
});

suite('a store that is away', () => {
  it.each([
    ['a refused connection', withMembers({ code: 'ECONNREFUSED' })],
    ['a missing socket', withMembers({ code: 'ENOENT' })],
    ['a shutdown', withMembers({ code: '57P01' })],
    ['too many connections', withMembers({ code: '53300' })],
    ['a lost connection', new Error('Connection terminated unexpectedly')],
  ])('is 503 with Retry-After: %s', (_what, error) => {
    const answer = describe(error);
    expect(answer).toMatchObject({
      problem: { status: 503, code: 'store_unavailable' },
      headers: { 'retry-after': '1' },
      unexpected: false,
    });
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|ECONN|terminated/);
  });
});

suite('a refusal of the framework', () => {
  it.each([
    [404, 'route_not_found'],
    [408, 'request_timeout'],
    [413, 'body_too_large'],
    [415, 'unsupported_media_type'],
    [400, 'bad_request'],
    [405, 'bad_request'],
    [431, 'bad_request'],
    [499, 'bad_request'],
  ])('with status %d is %s, in our words', (status, code) => {
    for (const error of [withMembers({ statusCode: status, code: 'FST_ERR_ANY' }), new HttpException(SECRET, status)]) {
      const answer = describe(error);
      expect(answer).toMatchObject({ problem: { status, code }, headers: {}, unexpected: false });
      expect(JSON.stringify(answer)).not.toContain('hunter2');
    }
  });

  it('is known by its status, whatever its class', () => {
    expect(describe(new NotFoundException(SECRET)).problem.status).toBe(404);
    expect(describe(new ForbiddenException({ detail: SECRET })).problem).toMatchObject({ status: 403 });
    expect(told(new ForbiddenException({ detail: SECRET }))).not.toContain('hunter2');
  });
});

suite('anything else', () => {
  const NOTHING = {
    problem: {
      type: 'urn:achilles:problem:internal_error',
      title: 'Internal Server Error',
      status: 500,
      detail: 'Something went wrong on our side.',
      code: 'internal_error',
    },
    headers: {},
    unexpected: true,
  };

  it.each<[string, unknown]>([
    ['an error', new Error(SECRET)],
    ['an error with a cause', new Error(SECRET, { cause: new Error(SECRET) })],
    ['a type error', new TypeError(SECRET)],
    ['several errors', new AggregateError([new Error(SECRET)], SECRET)],
    ['a wrong query', withMembers({ code: '42601', detail: SECRET, query: SECRET })],
    ['an error that calls itself ours', withMembers({ code: 'session_not_found', status: 404, details: {} })],
    ['another library’s 404', withMembers({ statusCode: 404, code: 'ERR_HTTP' })],
    ['a status without a code', withMembers({ statusCode: 404 })],
    ['a status of 500', withMembers({ statusCode: 500, code: 'FST_ERR_ANY' })],
    ['a status of 503', withMembers({ statusCode: 503, code: 'FST_ERR_ANY' })],
    ['a status of 200', withMembers({ statusCode: 200, code: 'FST_ERR_ANY' })],
    ['a status in words', withMembers({ statusCode: '404', code: 'FST_ERR_ANY' })],
    ['a status that is none', withMembers({ statusCode: NaN, code: 'FST_ERR_ANY' })],
    ['a failure of the framework', new InternalServerErrorException(SECRET)],
    ['a text', SECRET],
    ['an object', { message: SECRET, stack: SECRET }],
    ['a number', 404],
    ['null', null],
    ['undefined', undefined],
  ])('is a 500 that says nothing: %s', (_what, error) => expect(describe(error)).toEqual(NOTHING));
});
