import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Clock } from '#observability/clock.js';
import { Gateway } from '../support/boot-gateway.js';
import { EverythingSource } from '../support/everything.source.js';
import { forge, seconds } from '../support/forge.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { ModernClient } from '../support/modern-client.js';

const KEY = 'a-key-of-thirty-two-characters-0123456789';
const OLD_KEY = 'another-key-of-thirty-two-characters-98765';
const CAPABILITIES = { elicitation: {}, sampling: {}, roots: {} };
const TOOL = 'test_input_required_result_request_state';
const CONFIRMED = { confirm: { action: 'accept', content: { ok: true } } };

let provider: IdentityProvider;
let gateway: Gateway;
const boot = (SESSION_KEY: string) =>
  Gateway.boot({ ...provider.settings, SESSION_KEY }, { sources: [EverythingSource] });

beforeAll(async () => {
  provider = await IdentityProvider.start();
  gateway = await boot(KEY);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const as = (claims: object = {}, at = gateway) =>
  new ModernClient(`${at.url}/mcp`, { authorization: `Bearer ${forge(provider, { claims: { ...claims } })}` });

const ask = (client: ModernClient, params: object = {}, name = TOOL) =>
  client.ask('tools/call', { name, arguments: {}, ...params }, { capabilities: CAPABILITIES });

/** The state that a first round leaves. */
async function firstRound(client = as(), params: object = {}, name = TOOL): Promise<string> {
  const { result } = await ask(client, params, name);
  expect(result).toMatchObject({ resultType: 'input_required', inputRequests: expect.any(Object) });
  return result!['requestState'] as string;
}

it('asks, and answers when the client comes back', async () => {
  const requestState = await firstRound();
  const { result } = await ask(as(), { requestState, inputResponses: CONFIRMED });
  expect(result).toMatchObject({ resultType: 'complete', content: [{ type: 'text', text: 'state-ok' }] });
});

it('shows nothing of what the source keeps', async () => {
  const requestState = await firstRound();
  expect(Buffer.from(requestState, 'base64url').toString('latin1')).not.toContain('confirm');
  expect(await firstRound()).not.toBe(requestState);
});

it('asks again when an answer is missing, and passes over those that nobody asked for', async () => {
  const requestState = await firstRound();
  const { result } = await ask(as(), { requestState, inputResponses: { other: CONFIRMED.confirm } });
  expect(result).toMatchObject({ resultType: 'input_required' });
});

describe('takes no state', () => {
  const cases: [
    string,
    (state: string) => Promise<[ModernClient, object, string?]> | [ModernClient, object, string?],
  ][] = [
    ['that was changed', (state) => [as(), { requestState: `${state.slice(0, -3)}AAA` }]],
    ['of which the first bytes were changed', (state) => [as(), { requestState: `AAAA${state.slice(4)}` }]],
    ['that was cut', (state) => [as(), { requestState: state.slice(0, 20) }]],
    ['with more at its end', (state) => [as(), { requestState: `${state}A` }]],
    ['that is no text', () => [as(), { requestState: 7 }]],
    ['that is empty', () => [as(), { requestState: '' }]],
    ['of another subject', (requestState) => [as({ sub: 'eve' }), { requestState }]],
    ['of another tenant', (requestState) => [as({ tenant: 'umbrella' }), { requestState }]],
    ['of other arguments', (requestState) => [as(), { requestState, arguments: { more: 1 } }]],
    ['of another tool', (requestState) => [as(), { requestState }, 'test_input_required_result_tampered_state']],
  ];
  it.each(cases)('%s', async (_what, change) => {
    const [client, params, name] = await change(await firstRound());
    const { error, result } = await ask(client, { inputResponses: CONFIRMED, ...params }, name);
    expect([error?.code, result]).toEqual([-32602, undefined]);
  });

  it('that is older than ten minutes', async () => {
    const requestState = await firstRound();
    const clock = gateway.app.get(Clock);
    const claims = { exp: seconds() + 7_200 };
    try {
      clock.now = () => Date.now() + 590_000;
      const early = await ask(as(claims), { requestState, inputResponses: CONFIRMED });
      expect(early.result).toMatchObject({ content: [{ text: 'state-ok' }] });
      clock.now = () => Date.now() + 601_000;
      const late = await ask(as(claims), { requestState, inputResponses: CONFIRMED });
      expect(late.error?.code).toBe(-32602);
    } finally {
      clock.now = () => Date.now();
    }
  });

  it('that another method was given', async () => {
    const requestState = await firstRound();
    const { error } = await as().ask('prompts/get', { name: TOOL, requestState });
    expect(error?.code).toBe(-32602);
  });
});

it('takes the order of the arguments for what it is', async () => {
  const requestState = await firstRound(as(), { arguments: { a: 1, b: { c: 2, d: 3 } } });
  const { result } = await ask(as(), {
    arguments: { b: { d: 3, c: 2 }, a: 1 },
    requestState,
    inputResponses: CONFIRMED,
  });
  expect(result).toMatchObject({ content: [{ text: 'state-ok' }] });
});

it('is taken up by another gateway with the same key, also an older one, and by none without', async () => {
  const requestState = await firstRound();
  const answer = { requestState, inputResponses: CONFIRMED };
  await using rotated = await boot(`${OLD_KEY},${KEY}`);
  expect((await ask(as({}, rotated), answer)).result).toMatchObject({ content: [{ text: 'state-ok' }] });
  const sealedByNew = { ...answer, requestState: await firstRound(as({}, rotated)) };
  expect((await ask(as(), sealedByNew)).error?.code).toBe(-32602);
});

it('asks nobody for what it does not say it can do', async () => {
  const { status, error } = await as().ask('tools/call', { name: TOOL, arguments: {} });
  expect([status, error?.code, error?.data]).toEqual([400, -32021, { requiredCapabilities: { elicitation: {} } }]);
});

it('refuses answers that are no object', async () => {
  const { error } = await ask(as(), { inputResponses: [] });
  expect(error?.code).toBe(-32602);
});

it('asks for prompts too', async () => {
  const name = 'test_input_required_result_prompt';
  const told = { capabilities: CAPABILITIES };
  const first = await as().ask('prompts/get', { name }, told);
  expect(first.result).toMatchObject({ resultType: 'input_required' });
  const inputResponses = { user_context: { action: 'accept', content: { context: 'blue' } } };
  const second = await as().ask('prompts/get', { name, inputResponses }, told);
  expect(JSON.stringify(second.result)).toContain('Use this context: blue');
});
