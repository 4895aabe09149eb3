import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DynamicStage } from '../support/dynamic-stage.js';
import { eventually } from '../support/embedded-stage.js';

let stage: DynamicStage;
beforeAll(async () => {
  stage = await DynamicStage.open({ MCP_SANDBOX_MAX_TIMEOUT_MS: 20_000 });
});
afterAll(() => stage[Symbol.asyncDispose]());

const run = (body: object, claims: object = {}) =>
  stage.as({ scope: 'tools:run', ...claims }).ask('POST', '/run', body);

describe('code that is run over REST', () => {
  it('answers with what it returned, what it logged and how long it took', async () => {
    const { status, body } = await run({
      code: 'console.log("hi"); return { sum: args.a + args.b }',
      args: { a: 2, b: 3 },
    });
    expect([status, body]).toEqual([
      200,
      { ok: true, result: { sum: 5 }, durationMs: expect.any(Number), logs: [expect.stringContaining('hi')] },
    ]);
  });

  it.each<[unknown, unknown]>([
    [undefined, {}],
    [null, null],
    [7, 7],
    ['text', 'text'],
    [
      [1, { a: null }],
      [1, { a: null }],
    ],
  ])('gets any JSON value: %j', async (args, seen) => {
    const { body } = await run({ code: 'return args', ...(args !== undefined && { args }) });
    expect(body).toMatchObject({ ok: true, result: seen });
  });

  it.each<[string, string, string]>([
    ['throws', 'throw new Error("no luck")', 'thrown'],
    ['does not parse', 'return {', 'thrown'],
    ['never ends', 'for (;;);', 'timeout'],
    ['waits for what never comes', 'await new Promise(() => {})', 'stalled'],
  ])('is answered with 200 and why it failed when it %s', async (_what, code, kind) => {
    const { status, body } = await run({ code, timeoutMs: 1_000 });
    expect([status, body]).toEqual([
      200,
      {
        ok: false,
        error: { kind, message: expect.any(String) },
        durationMs: expect.any(Number),
        logs: expect.any(Array),
      },
    ]);
  });

  it.each<[object, string, string]>([
    [{}, 'code', 'required'],
    [{ code: '' }, 'code', 'too_short'],
    [{ code: 'x'.repeat(200_001) }, 'code', 'too_long'],
    [{ code: 'c', timeoutMs: 20_001 }, 'timeoutMs', 'out_of_range'],
    [{ code: 'c', engine: 'wasm', dependencies: [{ name: 'zod', version: '4.0.0' }] }, 'dependencies', 'unexpected'],
    [{ code: 'c', engine: 'wasm', image: 'node:lts-slim' }, 'image', 'unexpected'],
    [{ code: 'c', host: {} }, 'host', 'unknown_field'],
  ])('is refused before it runs: %#', async (body, field, code) => {
    const answer = await run(body);
    expect([answer.status, answer.body['errors']]).toEqual([422, [{ field, code, message: expect.any(String) }]]);
  });

  it('of the docker engine says that there is none, where there is none', async () => {
    const { status, body, headers } = await run({ code: 'return 1', engine: 'docker' });
    expect([status, body['error'], headers.get('content-type')]).toEqual([
      503,
      'BackendUnavailableError',
      expect.stringContaining('application/problem+json'),
    ]);
  });

  it('needs the right to run code, not that to make tools', async () => {
    expect((await run({ code: 'return 1' }, { scope: 'tools:admin tools:call' })).status).toBe(403);
  });

  it('leaves the record of its request, without the code', async () => {
    await run({ code: 'return "canary-of-the-code"' }, { sub: 'runner' });
    await eventually(async () => {
      const records = (await stage.records()).filter(({ sub }) => sub === 'runner');
      expect(records).toMatchObject([{ tenant: 'acme', status: 200, input_sha256: expect.any(String) }]);
      expect(JSON.stringify(records)).not.toContain('canary');
    });
  });
});
