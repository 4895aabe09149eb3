import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ToolTimeout } from '../tools.errors.js';
import { CallTime } from './call-time.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const late = () => new ToolTimeout('slow', 1_000);
const never = () => new Promise<never>(() => undefined);
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    (value) => value,
    (error: { code?: string; message?: string }) => error.code ?? error.message,
  );

describe('a call that is in time', () => {
  it.each([
    ['what it brings', () => Promise.resolve(42), 42],
    ['its own error', () => Promise.reject(new Error('own')), 'own'],
    ['an error that is thrown before there is a promise', () => thrown(), 'thrown'],
  ])('ends with %s', async (_what, begin, expected) => {
    const time = new CallTime(1_000, late);
    expect(await codeOf(time.during(begin as () => Promise<unknown>))).toBe(expected);
    time.end();
  });

  it('leaves no timer and no listener behind', () => {
    const client = new AbortController();
    const time = new CallTime(1_000, late, client.signal);
    time.end();
    client.abort();
    expect([jest.getTimerCount(), time.fault, time.signal.aborted]).toEqual([0, undefined, false]);
  });
});

describe('a call that is over before its end', () => {
  it('is late to the millisecond, and aborted with the reason', async () => {
    const time = new CallTime(1_000, late);
    const answer = codeOf(time.during(never));
    jest.advanceTimersByTime(999);
    expect(time.signal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect([await answer, time.signal.reason]).toEqual(['tool_timeout', time.fault]);
  });

  it('is cancelled when the client leaves, and leaves no timer behind', async () => {
    const client = new AbortController();
    const time = new CallTime(1_000, late, client.signal);
    const answer = codeOf(time.during(never));
    client.abort();
    expect([await answer, time.signal.aborted, jest.getTimerCount()]).toEqual(['call_cancelled', true, 0]);
  });

  it('never begins when the client has left before', async () => {
    const time = new CallTime(1_000, late, AbortSignal.abort());
    const begin = jest.fn(never);
    expect([await codeOf(time.during(begin)), begin.mock.calls.length]).toEqual(['call_cancelled', 0]);
  });

  it('says what came first', async () => {
    const client = new AbortController();
    const time = new CallTime(1_000, late, client.signal);
    const answer = codeOf(time.during(never));
    jest.advanceTimersByTime(1_000);
    client.abort();
    expect([await answer, await codeOf(time.during(never))]).toEqual(['tool_timeout', 'tool_timeout']);
  });

  it('hears nothing of what the rest still does', async () => {
    const time = new CallTime(1_000, late);
    const { promise, reject } = Promise.withResolvers<never>();
    const answer = codeOf(time.during(() => promise));
    jest.advanceTimersByTime(1_000);
    reject(new Error('too late to matter'));
    expect(await answer).toBe('tool_timeout');
  });

  it('waits no longer', async () => {
    const time = new CallTime(1_000, late);
    const waited = codeOf(time.wait(60_000));
    jest.advanceTimersByTime(1_000);
    expect([await waited, jest.getTimerCount()]).toEqual(['tool_timeout', 0]);
  });
});

function thrown(): Promise<never> {
  throw new Error('thrown');
}
