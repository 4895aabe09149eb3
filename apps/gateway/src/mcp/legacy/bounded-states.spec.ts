import { describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { BoundedStates } from './bounded-states.js';
import { NOTHING } from './session-state.js';

const MINUTE = 60_000;

describe('what is remembered of sessions', () => {
  it('is bounded for each principal, oldest first, at nobody else’s cost', () => {
    const states = new BoundedStates(MINUTE, 10);
    states.set('other', 'b', NOTHING);
    for (let i = 0; i < 1_000; i++) states.set(`s${i}`, 'a', NOTHING);
    expect(states.size).toBe(11);
    expect(states.get('other')).toBe(NOTHING);
    expect(states.get('s989')).toBeUndefined();
    expect(states.get('s990')).toBe(NOTHING);
  });

  it('is bounded for all together', () => {
    const states = new BoundedStates(MINUTE, 10, 100);
    for (let i = 0; i < 1_000; i++) states.set(`s${i}`, `p${i}`, NOTHING);
    expect(states.size).toBe(100);
  });

  it('counts a session that is set again once', () => {
    const states = new BoundedStates(MINUTE, 2);
    states.set('x', 'a', NOTHING);
    for (let i = 0; i < 10; i++) states.set('y', 'a', NOTHING);
    expect(states.get('x')).toBe(NOTHING);
  });

  it('makes room when one is deleted', () => {
    const states = new BoundedStates(MINUTE, 2);
    states.set('x', 'a', NOTHING);
    states.set('y', 'a', NOTHING);
    states.delete('y');
    states.set('z', 'a', NOTHING);
    expect(states.get('x')).toBe(NOTHING);
  });

  it('is forgotten when nobody asks for it', async () => {
    const states = new BoundedStates(20);
    states.set('x', 'a', NOTHING);
    await delay(60);
    expect(states.get('x')).toBeUndefined();
  });
});
