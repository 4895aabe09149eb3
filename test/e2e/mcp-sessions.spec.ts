import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { AuthStage } from '../support/auth-stage.js';
import { Gateway } from '../support/boot-gateway.js';
import { EverythingSource } from '../support/everything.source.js';
import { eventsOf, McpSession, type Message, post } from '../support/legacy-mcp.js';
import { SESSION_KEY } from '../support/session-key.js';

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };
const OTHER_KEY = 'Xu8Kp2Wd6Qz4Ny9Tb1Rf7Hv3Jm5Lc0Sg';

let stage: AuthStage;
let url: string;
let token: string;
const bearer = (value: string) => ({ authorization: `Bearer ${value}` });

beforeAll(async () => {
  stage = await AuthStage.open({}, { sources: [EverythingSource] });
  url = `${stage.gateway.url}/mcp`;
  token = await stage.provider.token();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Status and error code of a ping with this session id. */
async function ping(id: string, headers: Readonly<Record<string, string>> = bearer(token), at = url) {
  const answer = await post(at, PING, { ...headers, 'mcp-session-id': id });
  const { error } = (await answer.json()) as Message;
  return [answer.status, error?.code];
}
const UNKNOWN = [404, -32_001];

describe('a session id', () => {
  const flip = (id: string, at: number) => `${id.slice(0, at)}${id[at] === 'A' ? 'B' : 'A'}${id.slice(at + 1)}`;

  it.each<[string, (id: string) => string]>([
    ['with its first character changed', (id) => flip(id, 0)],
    ['with its key changed', (id) => flip(id, 3)],
    ['with its nonce changed', (id) => flip(id, 12)],
    ['with its content changed', (id) => flip(id, 40)],
    ['with its tag changed', (id) => flip(id, id.length - 3)],
    ['with its last character changed', (id) => flip(id, id.length - 1)],
    ['without its last character', (id) => id.slice(0, -1)],
    ['without its first character', (id) => id.slice(1)],
    ['cut in half', (id) => id.slice(0, id.length / 2)],
    ['with something behind it', (id) => `${id}AAAA`],
    ['twice', (id) => id + id],
    ['in another spelling of base64', (id) => `${id.replaceAll('-', '+').replaceAll('_', '/')}=`],
    ['in capitals', (id) => id.toUpperCase()],
    ['of nothing', () => ''],
    ['of 8 000 characters', () => 'A'.repeat(8_000)],
    ['that is a UUID', () => '0f8fad5b-d9cb-469f-a165-70867728950e'],
    ['that is the token', () => token],
  ])('%s is unknown', async (_, change) => {
    const { id } = await McpSession.open(url, {}, bearer(token));
    expect(await ping(id)).toEqual([200, undefined]);
    expect(await ping(change(id))).toEqual(UNKNOWN);
  });

  it('counts for who made it, whatever token it comes with, and for nobody else', async () => {
    const { id } = await McpSession.open(url, {}, bearer(token));
    expect(await ping(id, bearer(await stage.provider.token()))).toEqual([200, undefined]);
    const neighbour = await stage.provider.token({ tenant: 'globex' });
    expect(await ping(id, bearer(neighbour))).toEqual(UNKNOWN);
    const get = await fetch(url, {
      headers: { ...bearer(neighbour), accept: 'text/event-stream', 'mcp-session-id': id },
    });
    expect(get.status).toBe(404);
    const remove = await fetch(url, { method: 'DELETE', headers: { ...bearer(neighbour), 'mcp-session-id': id } });
    expect(remove.status).toBe(404);
    expect(await ping(id)).toEqual([200, undefined]);
  });

  it('is no credential', async () => {
    const { id } = await McpSession.open(url, {}, bearer(token));
    expect((await post(url, PING, { 'mcp-session-id': id })).status).toBe(401);
  });

  it('says nothing about who made it', async () => {
    const { id } = await McpSession.open(url, { clientInfo: { name: 'visible' } }, bearer(token));
    expect(Buffer.from(id, 'base64url').toString('latin1')).not.toMatch(/visible|acme|2025|http/);
  });
});

describe('the end of a session', () => {
  it('is for good', async () => {
    const session = await McpSession.open(url, {}, bearer(token));
    expect((await session.end()).status).toBe(204);
    expect(await ping(session.id)).toEqual(UNKNOWN);
    expect((await session.end()).status).toBe(404);
    expect((await session.listen()).status).toBe(404);
  });

  it('comes by itself after MCP_SESSION_TTL_SECONDS', async () => {
    const { id } = await McpSession.open(url, {}, bearer(token));
    const now = Date.now();
    const clock = Date.now;
    try {
      Date.now = () => now + 86_399_000;
      expect(await expired(id)).toBe(false);
      Date.now = () => now + 86_401_000;
      expect(await expired(id)).toBe(true);
    } finally {
      Date.now = clock;
    }
  });

  /** Asks the part itself: tokens of the caller would not outlive the day. */
  async function expired(id: string): Promise<boolean> {
    const { SessionTokens } = await import('#gateway/mcp/legacy/legacy-session.js');
    const payload = (await stage.provider.token()).split('.')[1]!;
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, string>;
    const caller = {
      issuer: claims['iss']!,
      subject: claims['sub']!,
      tenant: claims['tenant'] ?? claims['tenant_id']!,
    };
    const tokens = stage.gateway.app.get(SessionTokens, { strict: false });
    return tokens.open('/mcp', id, { ...caller, tier: 'gold', scopes: new Set() }) === undefined;
  }
});

describe('keys', () => {
  const boot = (key: string) => Gateway.boot({ SESSION_KEY: key }, { sources: [EverythingSource] });

  it('may change, as long as the old one stands in the ring', async () => {
    await using old = await boot(SESSION_KEY);
    const { id } = await McpSession.open(`${old.url}/mcp`);
    await using rotated = await boot(`${OTHER_KEY},${SESSION_KEY}`);
    expect(await ping(id, {}, `${rotated.url}/mcp`)).toEqual([200, undefined]);
    const { id: later } = await McpSession.open(`${rotated.url}/mcp`);
    await using without = await boot(OTHER_KEY);
    expect(await ping(later, {}, `${without.url}/mcp`)).toEqual([200, undefined]);
    expect(await ping(id, {}, `${without.url}/mcp`)).toEqual(UNKNOWN);
    expect(await ping(later, {}, `${old.url}/mcp`)).toEqual(UNKNOWN);
  });
});

describe('the stream of a session', () => {
  /** Reads until an event that `wanted` takes. */
  async function until(
    events: ReturnType<typeof eventsOf>,
    wanted: (message: Message) => boolean,
  ): Promise<{ id?: string; message: Message }> {
    // Not `for await`: that would end the stream with the first that is found.
    for (let next = await events.next(); !next.done; next = await events.next()) {
      const { id, data } = next.value;
      if (data === '') continue;
      const message = JSON.parse(data) as Message;
      if (wanted(message)) return { ...(id !== undefined && { id }), message };
    }
    throw new Error('the stream has ended');
  }
  const is = (method: string) => (message: Message) => message.method === method;
  const trigger = (session: McpSession, name: string) => session.call('tools/call', { name });

  it('begins with an event to come back from, tells of changed lists and of watched resources', async () => {
    const session = await McpSession.open(url, {}, bearer(token));
    const leave = new AbortController();
    const response = await session.listen(undefined, leave.signal);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    const events = eventsOf(response);
    const first = (await events.next()).value as { id: string; data: string; retry: string };
    expect(first).toEqual({ id: expect.any(String), data: '', retry: expect.stringMatching(/^\d+$/) });
    await trigger(session, 'test_trigger_tool_change');
    await until(events, is('notifications/tools/list_changed'));
    await trigger(session, 'test_trigger_prompt_change');
    await until(events, is('notifications/prompts/list_changed'));
    await session.call('resources/subscribe', { uri: 'test://watched-resource' });
    await trigger(session, 'test_trigger_resource_change');
    const { message } = await until(events, is('notifications/resources/updated'));
    expect(message.params).toEqual({ uri: 'test://watched-resource' });
    leave.abort();
  });

  it('says nothing of resources that are not watched any more', async () => {
    const session = await McpSession.open(url, {}, bearer(token));
    const leave = new AbortController();
    const events = eventsOf(await session.listen(undefined, leave.signal));
    await events.next();
    const uri = 'test://watched-resource';
    await session.call('resources/subscribe', { uri });
    await session.call('resources/unsubscribe', { uri });
    await trigger(session, 'test_trigger_resource_change');
    await trigger(session, 'test_trigger_prompt_change');
    const { message } = await until(events, () => true);
    expect(message.method).toBe('notifications/prompts/list_changed');
    leave.abort();
  });

  it('goes on where it was cut off', async () => {
    const session = await McpSession.open(url, {}, bearer(token));
    const leave = new AbortController();
    const events = eventsOf(await session.listen(undefined, leave.signal));
    const first = (await events.next()).value as { id: string };
    await session.call('resources/subscribe', { uri: 'test://watched-resource' });
    leave.abort();
    await events.next().catch(() => undefined);
    await delay(50);
    await trigger(session, 'test_trigger_resource_change');
    await trigger(session, 'test_trigger_tool_change');
    const again = new AbortController();
    const rest = eventsOf(await session.listen(first.id, again.signal));
    const missed = [await until(rest, () => true), await until(rest, () => true)];
    expect(new Set(missed.map(({ message }) => message.method))).toEqual(
      new Set(['notifications/resources/updated', 'notifications/tools/list_changed']),
    );
    again.abort();
  });

  it('is one: a second is refused while the first is open', async () => {
    const session = await McpSession.open(url, {}, bearer(token));
    const leave = new AbortController();
    await session.listen(undefined, leave.signal);
    expect((await session.listen()).status).toBe(409);
    leave.abort();
    for (;;) {
      const again = new AbortController();
      const { status } = await session.listen(undefined, again.signal);
      again.abort();
      if (status === 200) break;
      await delay(20);
    }
  });

  it('ends with its session', async () => {
    const session = await McpSession.open(url, {}, bearer(token));
    const events = eventsOf(await session.listen());
    await events.next();
    await session.end();
    expect((await events.next()).done).toBe(true);
  });

  it.each([['x'], ['1-1'], ['9999999999999-0'], ['\u00e9'], ['x'.repeat(500)]])(
    'starts afresh for who comes back with %s',
    async (lastEventId) => {
      const session = await McpSession.open(url, {}, bearer(token));
      const leave = new AbortController();
      const response = await session.listen(lastEventId, leave.signal);
      expect(response.status).toBe(200);
      const events = eventsOf(response);
      await until(events, is('notifications/tools/list_changed'));
      leave.abort();
    },
  );
});

it('counts sessions that are in use', async () => {
  const before = (await stage.metric('dynamic_mcp_http_sessions_active'))['']!;
  const session = await McpSession.open(url, {}, bearer(token));
  await session.call('ping');
  await session.call('ping');
  expect((await stage.metric('dynamic_mcp_http_sessions_active'))['']).toBe(before + 1);
  expect(await stage.metric('achilles_mcp_sessions_total')).toMatchObject({
    opened: expect.any(Number),
    ended: expect.any(Number),
  });
});
