import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProtocolError } from '@modelcontextprotocol/server';
import type { Tool } from '#gateway/tools/tool.js';
import { UpstreamRegistry } from '#gateway/upstreams/upstream-registry.js';
import { Gateway } from '../support/boot-gateway.js';
import { untilConnected } from '../support/connected-upstreams.js';
import { eventually } from '../support/embedded-stage.js';
import { type Called, eraClient, type Question, type Respond } from '../support/era-clients.js';
import { testTool, text } from '../support/everything/test-tool.js';
import { ModernClient } from '../support/modern-client.js';
import { SdkUpstream } from '../support/upstream-servers/sdk-upstream.js';

const ERAS = ['modern', 'legacy'] as const;
type Era = (typeof ERAS)[number];

const ABLE = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
const WATCHED = 'test://watched-resource';
const UPDATED = 'notifications/resources/updated';
const TOOLS_CHANGED = 'notifications/tools/list_changed';

let gateway: Gateway;
let upstreams: Readonly<Record<Era, SdkUpstream>>;
beforeAll(async () => {
  upstreams = { modern: await SdkUpstream.start('modern'), legacy: await SdkUpstream.start('legacy') };
  const entries = ERAS.map((era) => [era, { kind: 'http', url: upstreams[era].url }]);
  gateway = await Gateway.boot(
    { AUTH_MODE: 'none' },
    { upstreams: { upstreams: Object.fromEntries(entries) as object } },
  );
  await untilConnected(gateway, ERAS);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const era of ERAS) await upstreams[era][Symbol.asyncDispose]();
});

const urlOf = (upstream: Era) => `${gateway.url}/mcp/u/${upstream}`;
const textOf = ({ result }: Called) => (result?.['content'] as { text: string }[] | undefined)?.[0]?.text;
const asked = ({ rounds }: Called) => rounds.flat();

/** A person, a model and a file system, all of them willing. */
const willing: Respond = ({ method, params }: Question) => {
  if (method === 'roots/list') return { result: { roots: [{ uri: 'file:///home/ada', name: 'home' }] } };
  if (method === 'sampling/createMessage') {
    return { result: { role: 'assistant', model: 'm', content: { type: 'text', text: 'Paris' } } };
  }
  if (params['mode'] === 'url') return { result: { action: 'accept' } };
  const names = Object.keys((params['requestedSchema'] as { properties: object }).properties);
  const answers: Record<string, unknown> = { username: 'ada', email: 'a@b.c', name: 'Ada', color: 'red', ok: true };
  return { result: { action: 'accept', content: Object.fromEntries(names.map((name) => [name, answers[name]])) } };
};

describe.each(ERAS.flatMap((client) => ERAS.map((upstream) => ({ client, upstream }))))(
  'a $client client and a $upstream upstream',
  ({ client, upstream }) => {
    const able = (capabilities: object = ABLE) => eraClient(client, urlOf(upstream), capabilities);

    it.each<[string, object, readonly string[], RegExp]>([
      ['test_elicitation', { message: 'Who?' }, ['elicitation/create'], /"username":"ada"/],
      ['test_sampling', { prompt: 'The capital?' }, ['sampling/createMessage'], /LLM response: Paris/],
      ['test_input_required_result_list_roots', {}, ['roots/list'], /home/],
      [
        'test_input_required_result_multiple_inputs',
        {},
        ['elicitation/create', 'roots/list', 'sampling/createMessage'],
        /All three were answered/,
      ],
      ['test_input_required_result_multi_round', {}, ['elicitation/create', 'elicitation/create'], /Ada likes red/],
      ['test_input_required_result_request_state', {}, ['elicitation/create'], /state-ok/],
    ])(
      '%s: everything that it asks reaches the client, and the answers come back',
      async (name, args, methods, said) => {
        const called = await (await able()).call(name, args, willing);
        expect(textOf(called)).toMatch(said);
        expect(
          asked(called)
            .map(({ method }) => method)
            .sort(),
        ).toEqual(methods);
      },
    );

    it.each(['decline', 'cancel'])('hears that its user chose to %s', async (action) => {
      const called = await (await able()).call('test_elicitation', { message: 'Who?' }, () => ({ result: { action } }));
      expect(textOf(called)).toContain(`"action":"${action}"`);
    });

    it.each([[{}], [{ sampling: {} }], [{ elicitation: { url: {} } }]])(
      'is not asked for a form when it can do %j',
      async (capabilities) => {
        const called = await (await able(capabilities)).call('test_elicitation', { message: 'Who?' }, willing);
        expect(asked(called)).toEqual([]);
        const said = called.error?.message ?? textOf(called);
        expect(said).toMatch(/elicitation|any capability/);
        expect(called.error ?? called.result).toMatchObject(called.error ? {} : { isError: true });
      },
    );

    it('hears of progress and of the log, in order', async () => {
      const one = await able();
      const progress = await one.call('test_tool_with_progress', {}, willing);
      expect(progress.told.map(({ method, params }) => [method, params['progress'], params['total']])).toEqual([
        ['notifications/progress', 0, 100],
        ['notifications/progress', 50, 100],
        ['notifications/progress', 100, 100],
      ]);
      const log = await one.call('test_tool_with_logging', {}, willing);
      expect(log.told.map(({ method, params }) => [method, params['level']])).toEqual(
        Array(3).fill(['notifications/message', 'info']),
      );
    });

    it('leaves, and the upstream hears of it', async () => {
      const { offer } = upstreams[upstream];
      const before = offer.stopped;
      await (await able()).leaveCall('sleep', 500);
      await eventually(() => expect(offer.stopped).toBe(before + 1));
    });

    it('hears of what changes, while it listens', async () => {
      const one = await able();
      const heard = await one.listen(WATCHED);
      await eventually(async () => {
        await one.call('test_trigger_resource_change', {}, willing);
        expect(heard.methods()).toContain(UPDATED);
      });
      await one.call('test_trigger_tool_change', {}, willing);
      await eventually(() => expect(heard.methods()).toContain(TOOLS_CHANGED));
      heard.leave();
      await one.call('test_trigger_tool_change', {}, willing);
    });
  },
);

describe.each(ERAS)('a resource of a %s upstream', (upstream) => {
  it('tells of itself at each mount by the address that it has there, and at no other upstream’s', async () => {
    const mounts = ['/mcp', `/mcp/u/${upstream}`, `/mcp/u/${upstream === 'modern' ? 'legacy' : 'modern'}`];
    const uris = [`${upstream}+${WATCHED}`, WATCHED, WATCHED];
    const streams = await Promise.all(
      mounts.map((path, index) =>
        new ModernClient(`${gateway.url}${path}`).listen({ resourceSubscriptions: [uris[index]] }),
      ),
    );
    const updates = () =>
      streams.map(({ heard }) => [
        ...new Set(heard.filter(({ method }) => method === UPDATED).map(({ params }) => params!['uri'] as string)),
      ]);
    await eventually(() => {
      upstreams[upstream].offer.tell({ kind: 'resource', uri: WATCHED });
      expect(updates()).toEqual([[uris[0]], [uris[1]], []]);
    });
    for (const stream of streams) stream.leave();
  });
});

describe('an upstream with a handshake', () => {
  it('hears the error of a client with a handshake as that client said it', async () => {
    const one = await eraClient('legacy', urlOf('legacy'), ABLE);
    const error = { code: -1, message: 'User rejected sampling request' };
    const called = await one.call('test_sampling', { prompt: 'x' }, () => ({ error }));
    expect(called.error?.message ?? textOf(called)).toContain('User rejected sampling request');
  });

  it.each(ERAS)('sends a person to an address before the call (-32042), for a %s client', async (client) => {
    let agreed = false;
    const elicitation = { mode: 'url', elicitationId: 'e-1', url: 'https://up.example/agree', message: 'Agree first' };
    const wanting = testTool('needs_agreement', 'Needs somebody to agree', () => {
      if (!agreed) throw new ProtocolError(-32_042, 'Agree first', { elicitations: [elicitation] });
      return text('agreed');
    });
    const called = await callOfNew(wanting, client, ({ params }) => {
      agreed = true;
      expect(params).toMatchObject({ mode: 'url', url: 'https://up.example/agree', message: 'Agree first' });
      return { result: { action: 'accept' } };
    });
    expect(textOf(called)).toBe('agreed');
    expect(asked(called)).toHaveLength(1);
    // An id is of the revisions with a handshake alone.
    expect(asked(called)[0]!.params['elicitationId']).toBe(client === 'legacy' ? 'e-1' : undefined);
  });

  it.each(ERAS)(
    'says that what was done at an address is done, to a client that knows ids of such (%s)',
    async (client) => {
      const completing = testTool('completing', 'Says that it is done', ({ channel }) => {
        channel.completed?.('e-2');
        return text('done');
      });
      const called = await callOfNew(completing, client, willing);
      expect(textOf(called)).toBe('done');
      const told = { method: 'notifications/elicitation/complete', params: { elicitationId: 'e-2' } };
      expect(called.told).toEqual(client === 'legacy' ? [told] : []);
    },
  );
});

/** Offers one more tool at the upstream with a handshake, and calls it once it is there. */
async function callOfNew(tool: Tool, client: Era, respond: Respond): Promise<Called> {
  const { offer } = upstreams.legacy;
  const before = offer.tools();
  offer.offerTools([...before, tool]);
  const directory = gateway.app.get(UpstreamRegistry, { strict: false });
  const { name } = tool.definition;
  await eventually(() => {
    expect(directory.find('legacy')?.verbatimTools.map(({ definition }) => definition.name)).toContain(name);
  });
  const called = await (await eraClient(client, urlOf('legacy'), ABLE)).call(name, {}, respond);
  offer.offerTools(before);
  return called;
}
