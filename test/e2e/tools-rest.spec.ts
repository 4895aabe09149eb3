import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aTool, sourceOf, text } from '../support/scripted-tools.js';
import { Api } from '../support/api.js';
import { AuthStage } from '../support/auth-stage.js';
import { forge } from '../support/forge.js';
import { callTool } from '../support/tool-caller.js';
import { InvalidArguments, InvalidCypher, InvalidPath } from '#gateway/tools/tools.errors.js';
import type { JsonObject, ToolAnswer } from '#gateway/tools/tool.js';

/** What each of these does when it is called. */
const ANSWERS: Readonly<Record<string, ToolAnswer>> = {
  structured: { ...text('1'), structuredContent: { n: 1 }, extra: { kept: [null] } },
  sorry: { ...text('cannot'), isError: true },
  asking: { resultType: 'input_required', inputRequests: { a: { method: 'elicitation/create' } } },
  hiding: text('a\u202eb\u{e0041}\x1b[31mc'),
  shapeless: { result: 'ok' } as unknown as ToolAnswer,
};

const REFUSALS: Readonly<Record<string, () => never>> = {
  arguments: () => {
    throw new InvalidArguments([{ field: 'top_k', code: 'out_of_range', message: 'must be at most 100' }]);
  },
  cypher: () => {
    throw new InvalidCypher('cypher', 'DELETE is a write');
  },
  path: () => {
    throw new InvalidPath('file', 'it leaves its root');
  },
  fault: () => {
    throw new Error('secret of ours');
  },
};

const promised = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
const promising = (name: string, answer: ToolAnswer, more = {}) =>
  aTool(name, { definition: { outputSchema: promised }, call: () => Promise.resolve(answer), ...more });

const TOOLS = [
  aTool('bronze'),
  aTool('silver', { tier: 'silver' }),
  aTool('gold', { tier: 'gold' }),
  aTool('enterprise', { tier: 'enterprise' }),
  aTool('scoped', { scopes: ['sessions:read'] }),
  aTool('twice-scoped', { scopes: ['sessions:read', 'tools:call'] }),
  aTool('of-acme', { tenants: new Set(['acme']) }),
  aTool('of-other', { tenants: new Set(['other']) }),
  aTool('with/slash.and-more_', { call: ({ arguments: args }) => Promise.resolve(text(JSON.stringify(args))) }),
  ...Object.entries(ANSWERS).map(([name, answer]) => aTool(name, { call: () => Promise.resolve(answer) })),
  ...Object.entries(REFUSALS).map(([name, check]) => aTool(`refusing-${name}`, { check })),
  aTool('large', { maxResultBytes: 500, call: () => Promise.resolve(text('x'.repeat(5_000))) }),
  promising('kept', { ...text('1'), structuredContent: { n: 1 } }),
  promising('kept-by-error', { ...text('no'), isError: true }),
  promising('broken', { ...text('1'), structuredContent: { n: 'one' } }),
  promising('missing', text('1')),
  promising('unguarded', text('1'), { guarded: false }),
  aTool('unusable-schema', { definition: { outputSchema: { type: 'nonsense' } } }),
];

let stage: AuthStage;
beforeAll(async () => {
  stage = await AuthStage.open({}, { sources: [sourceOf(TOOLS)] });
});
afterAll(() => stage[Symbol.asyncDispose]());

type Claims = Readonly<Record<string, unknown>>;
const bearer = (claims: Claims = {}) => ({
  authorization: `Bearer ${forge(stage.provider, { claims: { tier: 'enterprise', ...claims } })}`,
});
const rest = (claims: Claims = {}) => new Api(stage.gateway.url, bearer(claims));
const call = (name: string, args?: unknown, claims?: Claims) =>
  callTool(stage.gateway, name, args, { headers: bearer(claims) });

describe('a caller sees', () => {
  it.each<[string, Claims, string[], string[]]>([
    ['bronze', { tier: 'bronze' }, ['bronze'], ['silver', 'gold', 'enterprise']],
    ['silver', { tier: 'silver' }, ['bronze', 'silver'], ['gold', 'enterprise']],
    ['gold', { tier: 'gold' }, ['bronze', 'silver', 'gold'], ['enterprise']],
    ['enterprise', {}, ['bronze', 'silver', 'gold', 'enterprise'], []],
    ['what is the lowest', { tier: 'platinum' }, ['bronze'], ['silver']],
    ['its scopes', { scope: 'sessions:read' }, ['scoped'], ['twice-scoped']],
    ['all of its scopes', { scope: 'tools:call sessions:read' }, ['scoped', 'twice-scoped'], []],
    ['nothing that needs a scope without it', { scope: '' }, ['bronze'], ['scoped', 'twice-scoped']],
    ['its tenant', { tenant: 'acme' }, ['of-acme'], ['of-other']],
    ['its tenant only', { tenant: 'other' }, ['of-other'], ['of-acme']],
    ['nothing of anybody', { tenant: 'third' }, ['bronze'], ['of-acme', 'of-other']],
  ])('%s: %j', async (_what, claims, seen, unseen) => {
    const { body } = await rest(claims).get<{ tools: { name: string }[] }>('/v1/tools');
    const names = body.tools.map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    for (const name of seen) {
      expect(names).toContain(name);
      expect((await rest(claims).get(`/v1/tools/${name}`)).status).toBe(200);
      expect((await call(name, {}, claims)).status).toBe(200);
    }
    for (const name of unseen) {
      expect(names).not.toContain(name);
      const asked = [await rest(claims).get(`/v1/tools/${name}`), await call(name, {}, claims)];
      const nothing = [await rest(claims).get('/v1/tools/nothing'), await call('nothing', {}, claims)];
      expect(asked.map(({ body: told }) => JSON.stringify(told).replaceAll(name, 'nothing'))).toEqual(
        nothing.map(({ body: told }) => JSON.stringify(told)),
      );
      expect(asked.map(({ status, body: told }) => [status, told['error']])).toEqual([
        [404, 'ToolNotFound'],
        [404, 'ToolNotFound'],
      ]);
    }
  });

  it('a tool with its terms', async () => {
    expect((await rest().get('/v1/tools/gold')).body).toEqual({
      name: 'gold',
      description: 'The tool gold.',
      inputSchema: { type: 'object' },
      tier: 'gold',
      upstream: 'upstream-of-gold',
    });
  });

  it.each(['__proto__', 'constructor', 'toString', '', ' ', 'Bronze', 'bronze ', '../v1/tools', 'x'.repeat(99)])(
    'no tool named %j',
    async (name) => expect((await call(name)).status).toBe(404),
  );
});

describe('an answer is', () => {
  it.each<[string, unknown]>([
    ['structured', ANSWERS['structured']],
    ['sorry', ANSWERS['sorry']],
    ['hiding', text('abc')],
    ['kept', { ...text('1'), structuredContent: { n: 1 } }],
    ['kept-by-error', { ...text('no'), isError: true }],
    ['unguarded', text('1')],
    ['unusable-schema', text('done')],
  ])('what the tool %s says', async (name, expected) => {
    const { status, headers, body } = await call(name);
    expect([status, headers.get('content-type'), body]).toEqual([200, 'application/json; charset=utf-8', expected]);
  });

  it('cut where it is too large, and says so', async () => {
    const { body } = await call('large');
    expect(JSON.stringify(body).length).toBeLessThanOrEqual(500);
    expect(JSON.stringify(body)).toContain('The gateway has cut this result: it was 5');
  });

  it('of the tool whose name has a slash', async () => {
    expect((await call('with/slash.and-more_', { a: [1] })).body).toEqual(text('{"a":[1]}'));
  });
});

describe('a failure is a problem with a name', () => {
  it.each<[string, number, string, RegExp]>([
    ['refusing-arguments', 422, 'ValidationError', /^The arguments are not valid: top_k must be at most 100\.$/],
    ['refusing-cypher', 422, 'CypherValidationError', /DELETE is a write/],
    ['refusing-path', 422, 'PathValidationError', /leaves its root/],
    ['shapeless', 502, 'UpstreamResponseError', /it has no content/],
    ['broken', 502, 'UpstreamResponseError', /does not keep the output schema of broken/],
    ['missing', 502, 'UpstreamResponseError', /does not keep the output schema of missing/],
    ['asking', 409, 'InputRequiredError', /asking needs something of its client first \(elicitation\/create\)/],
  ])('%s: %d %s', async (name, expected, error, detail) => {
    const { status, headers, body } = await call(name);
    expect([status, body['status'], body['error']]).toEqual([expected, expected, error]);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body['detail']).toMatch(detail);
  });

  it('says nothing of a fault of ours', async () => {
    const { status, body } = await call('refusing-fault');
    expect([status, body['code'], JSON.stringify(body).includes('secret')]).toEqual([500, 'internal_error', false]);
  });
});

describe('a body', () => {
  const send = (body: string) => rest().call<JsonObject>('POST', '/v1/tools/with%2Fslash.and-more_/call', body);

  it.each([
    ['{}', '{}'],
    ['{"arguments":{}}', '{}'],
    ['{"arguments":{"__proto__":{"a":1}}}', '{"__proto__":{"a":1}}'],
  ])('%s is a call with %s', async (body, args) => expect((await send(body)).body).toEqual(text(args)));

  it.each([
    ['{"arguments":[]}', 422, 'invalid_arguments'],
    ['{"arguments":null}', 422, 'invalid_arguments'],
    ['{"arguments":"{}"}', 422, 'invalid_arguments'],
    ['{"arguments":{},"name":"gold"}', 422, 'validation_failed'],
    ['[]', 422, 'validation_failed'],
    ['"text"', 422, 'validation_failed'],
    ['{"arguments":{},"arguments":{"a":1}}', 400, 'duplicate_keys'],
    ['{"arguments":{"a":1,"a":2}}', 400, 'duplicate_keys'],
    [`{"arguments":${'['.repeat(70)}${']'.repeat(70)}}`, 400, 'body_too_deep'],
    ['{', 400, 'malformed_json'],
  ])('%s is refused: %d %s', async (body, status, code) => {
    const answer = await send(body);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
  });
});
