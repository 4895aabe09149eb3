import { describe, expect, it } from '@jest/globals';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { Caller } from '#core/caller.js';
import { type CallChannel, SILENT } from '#gateway/tools/call-channel.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { type ParkedCalls } from './bridging/parked-calls.js';
import { UpstreamCalls } from './upstream-calls.js';
import type { UpstreamConnection, UpstreamRequest } from './upstream-connection.js';
import { ConnectNeeded } from './upstreams.errors.js';

const caller: Caller = { issuer: 'i', subject: 's', tenant: 't', tier: 'gold', scopes: new Set() };
const spec = { name: 'docs' } as UpstreamSpec;
const URL_ = 'https://gateway.test/connect/docs?ticket=x';
// Whatever may be parked, nothing is here.
const parked = {
  carry: (call: object, start: (leg: object) => Promise<JsonObject>) => start({ ...call, ask: undefined }),
} as unknown as ParkedCalls;

function calls(answer: (request: UpstreamRequest) => JsonObject) {
  const asked: UpstreamRequest[] = [];
  const connection = {
    request: (request: UpstreamRequest) => {
      asked.push(request);
      return new Promise<JsonObject>((resolve) => resolve(answer(request)));
    },
  } as unknown as UpstreamConnection;
  const carry = (channel: CallChannel) =>
    new UpstreamCalls(spec, connection, parked, () => undefined).carry({
      method: 'tools/call',
      params: {},
      caller,
      signal: new AbortController().signal,
      channel,
      idempotent: false,
    });
  return { asked, carry };
}

describe('what one hop says of itself', () => {
  it.each([
    [{ content: [] }, { content: [] }],
    [{ content: [], resultType: 'complete' }, { content: [] }],
    [{ content: [], _meta: { 'io.modelcontextprotocol/serverInfo': {} } }, { content: [] }],
    [
      { content: [], _meta: { a: 1, 'io.modelcontextprotocol/serverInfo': {} } },
      { content: [], _meta: { a: 1 } },
    ],
    [
      { content: [], resultType: 'complete', _meta: { a: 1 } },
      { content: [], _meta: { a: 1 } },
    ],
  ])('%j becomes %j', async (given, expected) => {
    expect(await calls(() => given).carry(SILENT)).toEqual(expected);
  });

  it('does not touch what asks for input', async () => {
    const asking = { resultType: 'input_required', requestState: 's' };
    expect(await calls(() => asking).carry(SILENT)).toBe(asking);
  });
});

describe('tasks', () => {
  it('are not promised to an upstream; other extensions are', async () => {
    const { asked, carry } = calls(() => ({}));
    const extensions = { 'io.modelcontextprotocol/tasks': {}, 'io.modelcontextprotocol/ui': { a: 1 } };
    const channel = {
      ...SILENT,
      capabilities: { sampling: {}, extensions },
      requestState: 'r',
      inputResponses: { k: {} },
    };
    await carry(channel);
    expect(asked[0]!.channel).toMatchObject({ requestState: 'r', inputResponses: { k: {} } });
    expect(asked[0]!.channel.capabilities).toEqual({
      sampling: {},
      extensions: { 'io.modelcontextprotocol/ui': { a: 1 } },
    });
  });
});

describe('a caller who has to connect first', () => {
  const needed = () => {
    throw new ConnectNeeded('docs', URL_);
  };

  it('is sent to the page, where its client can open one', async () => {
    const channel = { ...SILENT, capabilities: { elicitation: { url: {} } } };
    expect(await calls(needed).carry(channel)).toMatchObject({
      resultType: 'input_required',
      inputRequests: { connect: { method: 'elicitation/create', params: { mode: 'url', url: URL_ } } },
    });
  });

  it.each([{}, { elicitation: {} }, { elicitation: { form: {} } }])(
    'is told in words with %j',
    async (capabilities) => {
      await expect(calls(needed).carry({ ...SILENT, capabilities })).rejects.toThrow(URL_);
    },
  );

  it('is asked once: whoever comes back without is told in words', async () => {
    const channel = {
      ...SILENT,
      capabilities: { elicitation: { url: {} } },
      requestState: 'connect',
      inputResponses: {},
    };
    await expect(calls(needed).carry(channel)).rejects.toThrow(URL_);
  });

  it('goes on when it has, without what it brought for this gateway', async () => {
    const { asked, carry } = calls(() => ({ content: [] }));
    await carry({ ...SILENT, requestState: 'connect', inputResponses: { connect: { action: 'accept' } } });
    expect(asked[0]!.channel.requestState).toBeUndefined();
    expect(asked[0]!.channel.inputResponses).toBeUndefined();
  });
});
