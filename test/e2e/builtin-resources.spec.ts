import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from '#core/page.js';
import type { SessionOut } from '#core/sessions/sessions.js';
import { type Change, Changes } from '#gateway/tools/changes.js';
import { Gateway } from '../support/boot-gateway.js';
import { anEvent, completeSession, openSession } from '../support/builders.js';
import { eventually } from '../support/embedded-stage.js';
import { ToolClient } from '../support/tool-client.js';

const NOWHERE = '019a0000-0000-7000-8000-000000000000';

let gateway: Gateway;
let client: ToolClient;
beforeAll(async () => {
  gateway = await Gateway.boot();
  client = new ToolClient(gateway);
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Everything that is listed, over all pages. */
async function listed(who = client): Promise<string[]> {
  const uris: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await who.resources.list(who.request, cursor);
    uris.push(...page.items.map(({ uri }) => uri));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return uris;
}

const without = (...scopes: string[]) =>
  client.as({ scopes: new Set([...client.caller.scopes].filter((scope) => !scopes.includes(scope))) });

describe('sessions as resources', () => {
  it('are listed page by page, each once', async () => {
    const ids = new Set<string>();
    for (let i = 0; i < 60; i++) ids.add((await openSession(gateway.api)).id);
    const uris = await listed();
    expect(uris[0]).toBe('achilles://sessions');
    expect(new Set(uris).size).toBe(uris.length);
    for (const id of ids) expect(uris).toContain(`achilles://sessions/${id}`);
    const index = await client.read<Page<SessionOut>>('achilles://sessions');
    expect(index.items).toHaveLength(50);
    await expect(client.resources.list(client.request, 'garbage')).rejects.toMatchObject({ code: 'invalid_cursor' });
  });

  it('and every listed one can be read', async () => {
    for (const uri of await listed()) await expect(client.read(uri)).resolves.toBeDefined();
  });

  it('complete the id of a template, by id or by key', async () => {
    const { id, external_session_key: key } = await openSession(gateway.api, { external_session_key: 'find-me-again' });
    const complete = (value: string, argument = 'id', of = 'achilles://sessions/{id}/insights') =>
      client.resources.complete!(client.request, { of, argument, value, context: {} });
    // Sessions of one time are listed with the latest id first.
    expect(await complete(id)).toEqual([id]);
    expect(await complete(key.slice(0, 7))).toEqual([id]);
    expect((await complete('')).length).toBeGreaterThan(50);
    expect(await complete('nobody-has-it')).toEqual([]);
    expect(await complete(id, 'other')).toEqual([]);
    expect(await complete(id, 'id', 'achilles://else/{id}')).toEqual([]);
  });

  it.each([
    `achilles://sessions/${NOWHERE}`,
    `achilles://sessions/${NOWHERE}/insights`,
    `achilles://sessions/${NOWHERE}/errors`,
    'achilles://sessions/',
    'achilles://sessions/7',
    `achilles://sessions/${NOWHERE}/`,
    `achilles://sessions/${NOWHERE}/other`,
    `achilles://sessions/${NOWHERE}/insights?x=1`,
    "achilles://sessions/' or true --",
  ])('%s is not there', async (uri) => {
    expect(client.resources.owns(uri)).toBe(true);
    await expect(client.read(uri)).rejects.toMatchObject({ code: 'resource_not_found' });
  });

  it.each(['achilles://sessionsx', 'achilles://other', 'file:///etc/passwd', ''])('%s is somebody else’s', (uri) => {
    expect(client.resources.owns(uri)).toBe(false);
  });

  it('show to each what its scopes allow', async () => {
    const { id } = await openSession(gateway.api);
    const names = (who: ToolClient) => who.resources.templates(who.caller).map(({ name }) => name);
    expect(names(client)).toEqual(['session', 'session-insights', 'session-errors']);
    const blind = without('sessions:read');
    expect(names(blind)).toEqual(['session-insights', 'session-errors']);
    expect(await listed(blind)).toEqual([]);
    const completion = { of: 'achilles://sessions/{id}', argument: 'id', value: '', context: {} };
    expect(await blind.resources.complete!(blind.request, completion)).toEqual([]);
    for (const uri of ['achilles://sessions', `achilles://sessions/${id}`]) {
      await expect(blind.read(uri)).rejects.toMatchObject({ code: 'resource_not_found' });
    }
    const unwise = without('insights:read');
    expect(names(unwise)).toEqual(['session']);
    for (const part of ['insights', 'errors']) {
      await expect(blind.read(`achilles://sessions/${id}/${part}`)).resolves.toEqual([]);
      await expect(unwise.read(`achilles://sessions/${id}/${part}`)).rejects.toMatchObject({
        code: 'resource_not_found',
      });
    }
  });
});

describe('subscribers hear', () => {
  const listeners = async () => {
    const [found] = await gateway.database!.query<{ count: number }>(
      "select count(*)::int as count from pg_stat_activity where application_name = 'achilles_sessions' and datname = current_database()",
    );
    return found!.count;
  };

  it('of what happens to a session on any replica, and only while they listen', async () => {
    expect(await listeners()).toBe(0);
    const heard: Change[] = [];
    const stop = gateway.app.get(Changes).subscribe((change) => heard.push(change));
    await using replica = await Gateway.boot({ DATABASE_URL: gateway.database!.url });
    await eventually(async () => expect(await listeners()).toBe(1));

    // What was said before the connection listens is not heard: say something until it is.
    await eventually(async () => {
      await openSession(replica.api);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(heard).toContainEqual({ kind: 'resources' });
    });
    const { id } = await openSession(replica.api);
    const uri = `achilles://sessions/${id}`;
    const of = (address: string): Change => ({ kind: 'resource', uri: address, tenant: 'default' });
    await eventually(() => expect(heard).toContainEqual(of('achilles://sessions')));
    expect(heard).not.toContainEqual(of(uri));

    await replica.api.post('/signals/events', anEvent({ session_id: id }));
    await eventually(() => expect(heard).toContainEqual(of(uri)));
    expect(heard).not.toContainEqual(of(`${uri}/insights`));

    await completeSession(replica.api, id);
    await eventually(() => expect(heard).toEqual(expect.arrayContaining([of(`${uri}/insights`), of(`${uri}/errors`)])));

    stop();
    await eventually(async () => expect(await listeners()).toBe(0));
  });

  it('again after their connection was lost', async () => {
    const heard: Change[] = [];
    const stop = gateway.app.get(Changes).subscribe((change) => heard.push(change));
    await eventually(async () => expect(await listeners()).toBe(1));
    await gateway.database!.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'achilles_sessions' and datname = current_database()",
    );
    await eventually(async () => {
      const { id } = await openSession(gateway.api);
      await completeSession(gateway.api, id);
      expect(heard).toContainEqual({
        kind: 'resource',
        uri: `achilles://sessions/${id}/insights`,
        tenant: 'default',
      });
    });
    stop();
  });

  it('nothing of a notification that is not one of ours', async () => {
    const heard: Change[] = [];
    const stop = gateway.app.get(Changes).subscribe((change) => heard.push(change));
    await eventually(async () => {
      await gateway.database!.query("select pg_notify('achilles_sessions', '{broken')");
      await openSession(gateway.api);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(heard).toContainEqual({ kind: 'resources' });
    });
    stop();
  });
});
