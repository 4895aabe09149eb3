import { describe, expect, it } from '@jest/globals';
import { RecentSessions } from './recent-sessions.js';

const MINUTE = 60_000;

describe('recent sessions', () => {
  it('counts each session once, until five minutes after its last event', () => {
    const sessions = new RecentSessions();
    sessions.see('a', 0);
    sessions.see('b', MINUTE);
    sessions.see('a', 2 * MINUTE);
    expect(sessions.count(2 * MINUTE)).toBe(2);
    expect(sessions.count(6 * MINUTE - 1)).toBe(2);
    expect(sessions.count(6 * MINUTE)).toBe(1);
    expect(sessions.count(7 * MINUTE)).toBe(0);
  });

  it('forgets the oldest when there are too many, and stays within its bound', () => {
    const sessions = new RecentSessions(100);
    for (let i = 0; i < 10_000; i++) sessions.see(`s-${i}`, i);
    expect(sessions.count(10_000)).toBe(100);
    sessions.see('s-9900', 10_001);
    expect(sessions.count(10_001)).toBe(100);
  });
});
