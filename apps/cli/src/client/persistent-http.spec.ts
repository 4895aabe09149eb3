import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeGateway, problem } from '../../test/fake-gateway.js';
import { GatewayError, GatewayUnreachable } from './gateway-error.js';
import { type HttpOptions, PersistentHttp } from './persistent-http.js';

const PATH = '/api/achilles/v1/mcp/handshake';

describe('PersistentHttp', () => {
  let gateway: FakeGateway;
  let pauses: number[];

  beforeEach(async () => {
    gateway = await FakeGateway.start();
    pauses = [];
  });
  afterEach(() => gateway[Symbol.asyncDispose]());

  const http = (more: Partial<HttpOptions> = {}) =>
    new PersistentHttp({ url: gateway.url, version: '1', pause: async (ms) => pauses.push(ms), ...more });

  /** Interferes with the first calls, one entry each. */
  function interfere(...answers: ReturnType<FakeGateway['interfere']>[]): void {
    gateway.interfere = () => answers.shift();
  }

  it('sends JSON and the token, and gives the answer back', async () => {
    const answer = await http({ token: 'secret' }).call('POST', PATH, '{}');
    expect(answer).toMatchObject({ server_name: 'fake' });
    expect(gateway.authorization).toBe('Bearer secret');
  });

  it('keeps a path that the address has', async () => {
    await expect(http({ url: new URL('gw/', gateway.url) }).call('POST', PATH, '{}')).rejects.toThrow('POST');
    expect(gateway.calls).toEqual(['POST /gw/handshake']);
  });

  it('waits as long as Retry-After says', async () => {
    interfere(
      problem(503, 'store_unavailable', 'Away.', { 'retry-after': '7' }),
      problem(429, 'too_many', 'Slower.', { 'retry-after': new Date(Date.now() + 5_000).toUTCString() }),
    );
    await http().call('POST', PATH, '{}');
    expect(pauses[0]).toBe(7_000);
    expect(pauses[1]).toBeGreaterThan(3_000);
    expect(pauses[1]).toBeLessThanOrEqual(5_000);
  });

  it('backs off with jitter where nothing says how long', async () => {
    interfere(...Array.from({ length: 5 }, () => problem(502, 'upstream_failed', 'Away.')));
    await http().call('POST', PATH, '{}');
    expect(pauses).toHaveLength(5);
    pauses.forEach((pause, attempt) => expect(pause).toBeLessThanOrEqual(100 + 200 * 2 ** attempt));
  });

  it('gives up when its patience ends, with the reason', async () => {
    gateway.interfere = () => problem(503, 'store_unavailable', 'The store is away.', { 'retry-after': '25' });
    await expect(http().call('POST', PATH, '{}')).rejects.toThrow('503 store_unavailable: The store is away.');
    expect(pauses).toEqual([25_000, 25_000]);
  });

  it('waits for its turn at a limit, window after window, and is as patient as before with a gateway that fails', async () => {
    const limited = () => problem(429, 'rate_limited', 'Slower.', { 'retry-after': '60' });
    interfere(limited(), limited(), limited(), problem(503, 'store_unavailable', 'Away.', { 'retry-after': '25' }));
    expect(await http().call('POST', PATH, '{}')).toMatchObject({ server_name: 'fake' });
    expect(pauses).toEqual([60_000, 60_000, 60_000, 25_000]);
  });

  it('does not wait at a limit for ever', async () => {
    gateway.interfere = () => problem(429, 'rate_limited', 'Slower.', { 'retry-after': '60' });
    await expect(http().call('POST', PATH, '{}')).rejects.toThrow('429 rate_limited: Slower.');
    expect(pauses).toHaveLength(14);
  });

  it('does not wait for what it will not live to see', async () => {
    interfere(problem(429, 'too_many', 'Tomorrow.', { 'retry-after': '86400' }));
    await expect(http().call('POST', PATH, '{}')).rejects.toThrow('Tomorrow.');
    expect(pauses).toEqual([]);
  });

  it('calls again after a reset, before and after the gateway did its work', async () => {
    interfere('reset', 'reset after');
    expect(await http().call('POST', PATH, '{}')).toMatchObject({ server_name: 'fake' });
    expect(gateway.calls).toHaveLength(3);
  });

  it('calls again after an answer that does not come in time', async () => {
    await using silent = await FakeGateway.start();
    silent.interfere = () => {
      silent.interfere = () => undefined;
      return 'silence';
    };
    expect(await http({ url: silent.url, timeoutMs: 50 }).call('POST', PATH, '{}')).toMatchObject({
      server_name: 'fake',
    });
  });

  it('says at once that there is no gateway, and how to start one', async () => {
    const { url } = gateway;
    await gateway[Symbol.asyncDispose]();
    const call = http({ url }).call('POST', PATH, '{}');
    await expect(call).rejects.toThrow(GatewayUnreachable);
    await expect(call).rejects.toThrow(`No gateway at ${url.origin}. Start one with \`npm start\`.`);
    expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThan(2_000);
    gateway = await FakeGateway.start();
  });

  it('is patient with a gateway that went away, then says that nothing is lost', async () => {
    const client = http();
    await client.call('POST', PATH, '{}');
    gateway.interfere = () => 'reset';
    await expect(client.call('POST', PATH, '{}')).rejects.toThrow(
      /went away .* was not back within 60 s.*run the same import again/,
    );
    expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeGreaterThan(45_000);
  });

  it.each([
    [problem(401, 'unauthenticated', 'Who?'), GatewayError, 'ACHILLES_TOKEN'],
    [
      problem(422, 'validation_failed', 'user_id is required.'),
      GatewayError,
      '422 validation_failed: user_id is required.',
    ],
    [[200, '<html>Welcome to nginx'] as const, GatewayUnreachable, 'not as an Achilles gateway'],
    [[404, '<html>Not found'] as const, GatewayUnreachable, 'answers 404'],
    [[302, '', { location: 'https://elsewhere/' }] as const, GatewayUnreachable, 'https://elsewhere/'],
    [[422, { detail: [{ loc: ['body'] }] }] as const, GatewayError, '422: {"detail":[{"loc":["body"]}]}'],
    [[500, 'boom'] as const, GatewayError, '500: no reason given'],
  ])('does not repeat %j', async (answer, type, words) => {
    interfere(answer);
    const call = http().call('POST', PATH, '{}');
    await expect(call).rejects.toThrow(type);
    await expect(call).rejects.toThrow(words);
    expect(gateway.calls).toHaveLength(1);
  });

  it('names every field of a refusal', async () => {
    const errors = ['a', 'b'].map((field) => ({ field, code: 'required', message: 'is required' }));
    interfere([422, { code: 'validation_failed', detail: '2 fields are not valid.', errors }]);
    await expect(http().call('POST', PATH, '{}')).rejects.toThrow(
      '2 fields are not valid. a is required. b is required.',
    );
  });
});
