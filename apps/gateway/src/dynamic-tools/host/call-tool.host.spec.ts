import { describe, expect, it } from '@jest/globals';
import type { NestedCall, ToolAnswer, ToolCall } from '#gateway/tools/tool.js';
import { ToolNotFound } from '#gateway/tools/tools.errors.js';
import { callToolHost } from './call-tool.host.js';

const live = () => new AbortController().signal;
const text = (...texts: string[]) => texts.map((said) => ({ type: 'text', text: said }));

function host(callTool: NestedCall, signal = live()) {
  const call = callToolHost(['a', 'b', 'dynamic.tool.grant'], { signal, callTool } as ToolCall);
  return (...args: unknown[]) => call(args, live());
}

const answering = (answer: ToolAnswer) => host(() => Promise.resolve(answer));

describe('callTool', () => {
  it.each<[string, ToolAnswer, unknown]>([
    ['data', { content: text('x'), structuredContent: { a: 1 } }, { a: 1 }],
    ['data that is null', { content: text('x'), structuredContent: null }, null],
    ['text', { content: text('x', 'y') }, 'x\ny'],
    ['text between other things', { content: [{ type: 'image', data: '' }, ...text('x')] }, 'x'],
    ['nothing', { content: [] }, ''],
  ])('gives %s', async (_what, answer, given) => {
    expect(await answering(answer)('a')).toEqual(given);
  });

  it('passes arguments on', async () => {
    const call = host((name, args) => Promise.resolve({ content: [], structuredContent: [name, args] }));
    expect(await call('b', { x: 1 })).toEqual(['b', { x: 1 }]);
    expect(await call('b', null)).toEqual(['b', {}]);
  });

  it.each([
    [[], 'the first argument must be the name of a tool'],
    [[7], 'the first argument must be the name of a tool'],
    [['c'], 'this tool was granted a, b, dynamic.tool.grant, not "c"'],
    [['dynamic.tool.grant'], 'code cannot make or change dynamic tools'],
    [['__proto__'], 'this tool was granted a, b'],
    [['a', []], 'the second argument must be an object'],
    [['a', 'x'], 'the second argument must be an object'],
  ])('refuses %j', async (args, why) => {
    const call = host(() => Promise.reject(new Error('called')));
    await expect(call(...args)).rejects.toThrow(`callTool: ${why}`);
  });

  it.each<[string, NestedCall, string]>([
    ['an error', () => Promise.reject(new ToolNotFound('a')), 'callTool: There is no tool named "a".'],
    ['an error result', () => Promise.resolve({ content: text('no room'), isError: true }), 'callTool: a: no room'],
    [
      'a question',
      () => Promise.resolve({ resultType: 'input_required' }),
      'callTool: a needs something of the client',
    ],
    ['a fault of ours', () => Promise.reject(new TypeError('secret')), 'callTool could not be done'],
  ])('rejects with %s', async (_what, callTool, message) => {
    await expect(host(callTool)('a')).rejects.toThrow(message);
  });

  it('calls four at once and twenty in all', async () => {
    let running = 0;
    let most = 0;
    const call = host(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return { content: [] };
    });
    const outcomes = await Promise.allSettled(Array.from({ length: 25 }, () => call('a')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    expect(outcomes.at(-1)).toMatchObject({ reason: { message: 'callTool: at most 20 times in one call' } });
    expect(most).toBe(4);
  });

  it('ends with the call, and with the run', async () => {
    const hanging: NestedCall = (_name, _args, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const [ofCall, ofRun] = [new AbortController(), new AbortController()];
    const call = callToolHost(['a'], { signal: ofCall.signal, callTool: hanging } as ToolCall);
    const [first, second] = [call(['a'], live()), call(['a'], ofRun.signal)];
    const waiting = [3, 4, 5, 6].map(() => call(['a'], ofRun.signal));
    ofRun.abort();
    for (const ended of [second, ...waiting]) await expect(ended).rejects.toThrow('callTool: the call is over');
    ofCall.abort();
    await expect(first).rejects.toThrow('callTool: the call is over');
    await expect(call(['a'], live())).rejects.toThrow('callTool: the call is over');
  });
});
