import { describe, expect, it } from '@jest/globals';
import type { ToolCallEnd } from '#gateway/tools/tool-request.js';
import { CaptureQueue } from './capture-queue.js';

const aCall = (name: string, answered = ''): ToolCallEnd =>
  ({
    request: { name, arguments: {} },
    answer: { content: [{ type: 'text', text: answered }] },
  }) as unknown as ToolCallEnd;
const namesOf = (calls: readonly ToolCallEnd[]) => calls.map(({ request }) => request.name);

describe('CaptureQueue', () => {
  it('gives the oldest first', () => {
    const queue = new CaptureQueue({ calls: 10, bytes: 1_000_000 });
    for (const name of ['a', 'b', 'c']) expect(queue.push(aCall(name))).toBe(true);
    expect(namesOf(queue.take(2))).toEqual(['a', 'b']);
    expect(queue.size).toBe(1);
    expect(namesOf(queue.take(2))).toEqual(['c']);
    expect(queue.take(2)).toEqual([]);
  });

  it('takes no more calls than it may', () => {
    const queue = new CaptureQueue({ calls: 2, bytes: 1_000_000 });
    expect(['a', 'b', 'c'].map((name) => queue.push(aCall(name)))).toEqual([true, true, false]);
    queue.take(1);
    expect(queue.push(aCall('d'))).toBe(true);
  });

  it('takes no more than it may hold, and has room again', () => {
    const queue = new CaptureQueue({ calls: 10, bytes: 10_000 });
    expect(queue.push(aCall('big', 'x'.repeat(8_000)))).toBe(true);
    expect(queue.push(aCall('bigger', 'x'.repeat(8_000)))).toBe(false);
    queue.take(1);
    expect(queue.push(aCall('bigger', 'x'.repeat(8_000)))).toBe(true);
  });
});
