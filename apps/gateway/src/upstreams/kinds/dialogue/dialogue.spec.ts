import { describe, expect, it } from '@jest/globals';
import { SILENT } from '#gateway/tools/call-channel.js';
import { Dialogue } from './dialogue.js';
import type { Outgoing } from './pending-requests.js';

interface Sent {
  readonly id?: number | string;
  readonly method?: string;
  readonly [member: string]: unknown;
}

function begin() {
  const sent: Sent[] = [];
  const news: unknown[] = [];
  const dialogue = new Dialogue({ upstream: 'it', tellsRoots: true, news: (one) => news.push(one) });
  const send = (text: string) => void sent.push(JSON.parse(text) as Sent);
  dialogue.carriedBy({ send, ended: new Promise(() => undefined), close: () => Promise.resolve(), status: () => ({}) });
  return { sent, news, dialogue };
}

const call = (principal: string, more: Partial<Outgoing> & { channel?: object; ask?: () => Promise<object> } = {}) => {
  const { channel = {}, ask, ...rest } = more;
  return {
    method: 'tools/call',
    params: {},
    signal: new AbortController().signal,
    call: { principal, channel: { ...SILENT, ...channel }, ask: ask as never },
    ...rest,
  } satisfies Outgoing;
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Dialogue', () => {
  it('gives each request an id of its own, and each answer to the one that asked', async () => {
    const { sent, dialogue } = begin();
    const [a, b] = [dialogue.request(call('a')), dialogue.request(call('b'))];
    const [first, second] = sent.map(({ id }) => id);
    expect(first).not.toBe(second);
    dialogue.take([
      { jsonrpc: '2.0', id: second, result: { of: 'b' } },
      { jsonrpc: '2.0', id: first, result: { of: 'a' } },
    ]);
    expect(await Promise.all([a, b])).toEqual([{ of: 'a' }, { of: 'b' }]);
    dialogue.take({ jsonrpc: '2.0', id: first, result: {} });
    expect(dialogue.strays).toBe(1);
  });

  it.each([
    [{ error: { code: -32_042, message: 'Open this\u0007', data: { url: 'x' } } }, 'upstream_rpc_error', -32_042],
    [{ error: { code: 'x', message: 7 } }, 'upstream_rpc_error', -32_603],
    [{ result: null }, 'invalid_result', undefined],
    [{ result: [] }, 'invalid_result', undefined],
    [{ error: null }, 'invalid_result', undefined],
    [{}, 'invalid_result', undefined],
  ])('%j fails the request', async (answer, code, rpcCode) => {
    const { sent, dialogue } = begin();
    const failed = dialogue.request(call('a')).catch((error: unknown) => error);
    dialogue.take({ jsonrpc: '2.0', id: sent[0]!.id, ...answer });
    expect(await failed).toMatchObject({ code, ...(rpcCode && { details: { members: { rpc_code: rpcCode } } }) });
  });

  it('passes over what is nobody’s', () => {
    const { dialogue, sent } = begin();
    const odd = [null, 1, 'x', true, [], [[1]], {}, { id: {} }, { method: 7 }, { id: null, method: 'ping' }];
    for (const message of odd) dialogue.take(message);
    expect(dialogue.strays).toBe(9);
    expect(sent).toEqual([]);
  });

  it('tells the upstream when nobody waits any more, and takes no answer for it', async () => {
    const { sent, dialogue } = begin();
    const over = new AbortController();
    const left = dialogue.request(call('a', { signal: over.signal }));
    over.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(sent[1]).toMatchObject({ method: 'notifications/cancelled', params: { requestId: sent[0]!.id } });
    dialogue.take({ jsonrpc: '2.0', id: sent[0]!.id, result: {} });
    expect([dialogue.strays, dialogue.calls]).toEqual([0, 0]);
  });

  it('fails whatever waits when it ends, and whatever comes after', async () => {
    const { dialogue } = begin();
    const waiting = dialogue.request(call('a'));
    dialogue.fail(new Error('gone'));
    await expect(waiting).rejects.toMatchObject({ code: 'backend_unavailable', cause: { message: 'gone' } });
    await expect(dialogue.request(call('a'))).rejects.toMatchObject({ code: 'backend_unavailable' });
  });

  it('gives progress to the call whose token it bears, and logs to those of one principal', () => {
    const { sent, dialogue } = begin();
    const told: unknown[] = [];
    const channelOf = (name: string) => ({
      progress: (...what: unknown[]) => void told.push([name, ...what]),
      log: (...what: unknown[]) => void told.push([name, ...what]),
    });
    void dialogue.request(call('a', { channel: channelOf('a1') }));
    void dialogue.request(call('a', { channel: channelOf('a2') }));
    const log = { method: 'notifications/message', params: { level: 'info', data: 1 } };
    dialogue.take({
      method: 'notifications/progress',
      params: { progressToken: sent[1]!.id, progress: 1, total: 'x' },
    });
    dialogue.take(log);
    expect(told).toEqual([
      ['a2', 1, undefined, undefined],
      ['a1', 'info', 1, undefined],
      ['a2', 'info', 1, undefined],
    ]);
    void dialogue.request(call('b', { channel: channelOf('b') }));
    dialogue.take(log);
    expect(told).toHaveLength(3);
  });

  it('bounds what is open of what the upstream asks, and takes its word when it does not want it any more', async () => {
    const { sent, dialogue } = begin();
    const { promise, resolve } = Promise.withResolvers<object>();
    void dialogue.request(call('a', { ask: () => promise }));
    for (let id = 1; id <= 70; id++) dialogue.take({ id, method: 'sampling/createMessage', params: {} });
    await turn();
    expect(sent.slice(1).map(({ id }) => id)).toEqual([65, 66, 67, 68, 69, 70]);
    dialogue.take({ method: 'notifications/cancelled', params: { requestId: 1 } });
    resolve({ role: 'assistant' });
    await turn();
    const answered = sent.slice(7);
    expect(answered).toHaveLength(63);
    expect(answered[0]).toEqual({ jsonrpc: '2.0', id: 2, result: { role: 'assistant' } });
  });

  it('tells of what has changed', () => {
    const { news, dialogue } = begin();
    dialogue.take({ method: 'notifications/tools/list_changed' });
    dialogue.take({ method: 'notifications/resources/updated', params: { uri: 'a://b' } });
    dialogue.take({ method: 'notifications/resources/updated', params: { uri: 7 } });
    dialogue.take({ method: '__proto__' });
    expect(news).toEqual([{ kind: 'tools' }, { kind: 'resource', uri: 'a://b' }]);
  });
});
