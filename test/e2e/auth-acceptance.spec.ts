import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { API_BASE } from '#gateway/http/base-path.js';
import { AuthStage } from '../support/auth-stage.js';
import { openSession } from '../support/builders.js';
import { forge, goodClaims, seconds } from '../support/forge.js';

const NOW = seconds();
const TOLERANCE = 30;
const DAY = 86_400;

let stage: AuthStage;
beforeAll(async () => {
  stage = await AuthStage.open({ AUTH_CLOCK_TOLERANCE_SECONDS: TOLERANCE });
  stage.time = NOW * 1_000;
});
afterAll(() => stage[Symbol.asyncDispose]());

const token = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
  forge(stage.provider, { header, claims: { ...goodClaims(stage.provider, NOW), ...claims } });

describe('a token is taken', () => {
  it.each<[string, Record<string, unknown>]>([
    ['as it comes', {}],
    ['in the last second of the tolerance', { exp: NOW - TOLERANCE + 1 }],
    ['in the second in which it expires', { exp: NOW }],
    ['a day before it expires', { exp: NOW + DAY }],
    ['in the first second of the tolerance', { nbf: NOW + TOLERANCE }],
    ['issued at the edge of the tolerance', { iat: NOW + TOLERANCE }],
    ['without iat', { iat: undefined }],
    ['for several audiences', { aud: ['account', 'urn:achilles:test'] }],
    ['with scopes in scp, as text', { scope: undefined, scp: 'sessions:read' }],
    ['with scopes in scp, as a list', { scope: undefined, scp: ['sessions:read'] }],
    ['with scopes in scopes', { scope: undefined, scopes: ['sessions:read'] }],
    ['with a tier nobody knows', { tier: 'platinum' }],
    ['with a UUID for a tenant', { tenant: '0f8fad5b-d9cb-469f-a165-70867728950e' }],
    ['with a tenant of 128 characters', { tenant: 'a'.repeat(128) }],
    ['with a subject in another script', { sub: 'Ада Лавлейс' }],
    ['with claims that mean nothing here', { jti: 'x', nonce: 'y', 'https://acme.example/a': { b: [{ c: ':' }] } }],
    ['with an escaped quote and colons in text', { note: '"a":"b\\' }],
  ])('%s', async (_what, claims) => {
    expect((await stage.as(token(claims)).get('/sessions')).status).toBe(200);
  });

  it.each([{ typ: undefined }, { typ: 'at+jwt' }, { typ: 'application/AT+JWT' }, { typ: 'jwt' }, { x5t: 'aGFzaA' }])(
    'with the header %j',
    async (header) => expect((await stage.as(token({}, header)).get('/sessions')).status).toBe(200),
  );

  it('signed with ES256', async () => {
    const signed = forge(stage.provider, {
      key: stage.provider.keyFor('ES256'),
      claims: goodClaims(stage.provider, NOW),
    });
    expect((await stage.as(signed).get('/sessions')).status).toBe(200);
  });

  it('from the provider itself', async () => {
    stage.time = undefined;
    expect((await stage.as(await stage.provider.token()).get('/sessions')).status).toBe(200);
    stage.time = NOW * 1_000;
  });

  it('until it expires, remembered or not', async () => {
    const api = stage.as(token({ exp: NOW + 10 }));
    const statusAt = async (second: number) => {
      stage.time = (NOW + second) * 1_000;
      return (await api.get('/sessions')).status;
    };
    expect(await statusAt(0)).toBe(200);
    expect(await statusAt(10 + TOLERANCE - 1)).toBe(200);
    expect(await statusAt(10 + TOLERANCE)).toBe(401);
    stage.time = NOW * 1_000;
  });

  it('from memory for 30 s, then verified anew', async () => {
    const api = stage.as(token({ jti: 'memory' }));
    const misses = async () => (await stage.metric('achilles_auth_token_lookups_total'))['miss']!;
    const before = await misses();
    for (const ms of [0, 0, 29_999, 30_000, 30_001]) {
      stage.time = NOW * 1_000 + ms;
      await api.get('/sessions');
    }
    expect((await misses()) - before).toBe(2);
    stage.time = NOW * 1_000;
  });
});

it('makes tenants of two the owners of different rows', async () => {
  const mine = stage.as(token({ tenant: 'one', scope: 'sessions:read sessions:write' }));
  const { id } = await openSession(mine);
  expect((await mine.get(`/sessions/${id}`)).status).toBe(200);
  expect((await stage.as(token({ tenant: 'two' })).get(`/sessions/${id}`)).status).toBe(404);
});

/** Sends lines of a request as they are, which no HTTP client would. */
async function raw(path: string, ...headers: string[]): Promise<string> {
  const { port, hostname } = new URL(stage.gateway.url);
  const socket = connect(Number(port), hostname);
  socket.write([`GET ${path} HTTP/1.1`, 'Host: gateway', 'Connection: close', ...headers, '', ''].join('\r\n'));
  return text(socket);
}
const SESSIONS = `/${API_BASE}/sessions`;
const statusOf = (answer: string) => Number(answer.split(' ')[1]);

describe('the Authorization header', () => {
  it.each<[string, number, string | undefined, () => string[]]>([
    ['once', 200, undefined, () => [`Authorization: Bearer ${token()}`]],
    ['in lower case', 200, undefined, () => [`authorization: bearer ${token()}`]],
    ['in upper case', 200, undefined, () => [`AUTHORIZATION: BEARER ${token()}`]],
    ['with blanks around', 200, undefined, () => [`Authorization:   Bearer ${token()}  `]],
    ['twice the same', 401, 'authorization_repeated', () => Array(2).fill(`Authorization: Bearer ${token()}`)],
    ['a good one first', 401, 'authorization_repeated', () => [`Authorization: Bearer ${token()}`, 'authorization: x']],
    ['a good one last', 401, 'authorization_repeated', () => ['Authorization: x', `authorization: Bearer ${token()}`]],
    ['joined by a comma', 401, 'authorization_malformed', () => [`Authorization: Bearer ${token()}, Bearer x`]],
    ['empty', 401, 'authorization_malformed', () => ['Authorization:']],
    ['the scheme alone', 401, 'authorization_malformed', () => ['Authorization: Bearer']],
    ['two blanks', 401, 'authorization_malformed', () => [`Authorization: Bearer  ${token()}`]],
    ['a tab', 401, 'authorization_malformed', () => [`Authorization: Bearer\t${token()}`]],
    ['more words', 401, 'authorization_malformed', () => [`Authorization: Bearer ${token()} more`]],
    ['quotes', 401, 'authorization_malformed', () => [`Authorization: Bearer "${token()}"`]],
    ['no scheme', 401, 'authorization_malformed', () => [`Authorization: ${token()}`]],
    ['Basic', 401, 'authorization_malformed', () => ['Authorization: Basic YWRhOmFkYQ==']],
    ['DPoP', 401, 'authorization_malformed', () => [`Authorization: DPoP ${token()}`]],
    ['of a proxy', 401, 'no_token', () => [`Proxy-Authorization: Bearer ${token()}`]],
    ['in X-Forwarded-Authorization', 401, 'no_token', () => [`X-Forwarded-Authorization: Bearer ${token()}`]],
    ['in a cookie', 401, 'no_token', () => [`Cookie: access_token=${token()}`]],
  ])('%s: %d', async (_what, status, reason, headers) => {
    const refusals = await stage.refusals(async () => expect(statusOf(await raw(SESSIONS, ...headers()))).toBe(status));
    expect(refusals).toEqual(reason === undefined ? [] : [reason]);
  });
});

describe('a token elsewhere', () => {
  it.each([
    'access_token=JWT',
    'ACCESS_TOKEN=JWT',
    'limit=1&access_token=JWT',
    'access%5Ftoken=JWT',
    '%61ccess_token=JWT',
    'access_token[]=JWT',
    '+access_token=JWT',
    'access_token',
  ])('in the query, as %s, beside a good one too', async (query) => {
    const path = `${SESSIONS}?${query.replace('JWT', token())}`;
    const refusals = await stage.refusals(async () => {
      expect(statusOf(await raw(path))).toBe(401);
      expect(statusOf(await raw(path, `Authorization: Bearer ${token()}`))).toBe(401);
    });
    expect(refusals).toEqual(['token_in_query', 'token_in_query']);
  });

  it('in a body is not looked at', async () => {
    for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
      const body = type.endsWith('json') ? JSON.stringify({ access_token: token() }) : `access_token=${token()}`;
      const { status } = await stage.gateway.api.call('POST', '/sessions', body, { 'content-type': type });
      expect(status).toBe(401);
    }
  });
});

it('answers on public routes whatever the caller brings', async () => {
  for (const headers of [[], ['Authorization: Bearer x'], ['Authorization: a', 'Authorization: b']]) {
    expect(statusOf(await raw(`/${API_BASE}/health`, ...headers))).toBe(200);
  }
});

it('leaves no mark in a header that a stranger chose', async () => {
  for (const host of ['evil"quote', 'e vil', 'evil\\', 'evil,b="c"', '<script>']) {
    const { port, hostname } = new URL(stage.gateway.url);
    const socket = connect(Number(port), hostname);
    socket.write(`GET ${SESSIONS} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const answer = await text(socket);
    expect(answer).not.toContain(host);
  }
});
