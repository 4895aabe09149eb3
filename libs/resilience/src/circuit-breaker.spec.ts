import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Admission, type BreakerOutcome, CircuitBreaker } from './circuit-breaker.js';

let time: number;
let breaker: CircuitBreaker;
beforeEach(() => {
  time = 0;
  breaker = new CircuitBreaker(() => time);
});

function call(outcome: BreakerOutcome): Admission | number {
  const admission = breaker.admit();
  if (typeof admission === 'string') breaker.ended(admission, outcome);
  return admission;
}

const calls = (outcomes: string) => {
  for (const letter of outcomes) call(letter === 'x' ? 'failed' : letter === '.' ? 'good' : 'unknown');
};

describe('a closed breaker', () => {
  it.each([
    ['xxxxxxx', 'open'],
    ['xxxxxx', 'closed'],
    ['....................xxxxxxx', 'open'],
    ['xxxxxx.x', 'open'],
    ['x.x.x.x.x.x.x.x.x.x.x.x.x.x.', 'closed'],
    ['xx.xx.xx.xx.xx.xx.xx', 'open'],
    ['x..x..x..x..x..x..x..x..x..x..', 'closed'],
    ['???????????????', 'closed'],
    ['x?x?x?x?x?x?x', 'open'],
  ])('after %s is %s', (outcomes, state) => {
    calls(outcomes);
    expect(breaker.state).toBe(state);
  });

  it('opens within ten failing calls, whatever was before', () => {
    for (let before = 0; before < 1_024; before++) {
      breaker = new CircuitBreaker(() => time);
      for (let bit = 0; bit < 10 && breaker.state === 'closed'; bit++) call((before >> bit) & 1 ? 'failed' : 'good');
      for (let failing = 0; failing < 10 && breaker.state === 'closed'; failing++) call('failed');
      expect(breaker.state).toBe('open');
    }
  });

  it('says by which call it has opened', () => {
    const opened = Array.from({ length: 7 }, () => breaker.ended(breaker.admit() as Admission, 'failed'));
    expect(opened).toEqual([false, false, false, false, false, false, true]);
  });

  it('counts what ends after it has opened no more', () => {
    const late = breaker.admit() as Admission;
    calls('xxxxxxx');
    expect([breaker.ended(late, 'good'), breaker.state]).toEqual([false, 'open']);
  });
});

describe('an open breaker', () => {
  beforeEach(() => calls('xxxxxxx'));

  it('lets nobody through for ten seconds, and says how long that is', () => {
    expect(breaker.admit()).toBe(10_000);
    time = 9_999;
    expect([breaker.admit(), breaker.state]).toEqual([1, 'open']);
  });

  it('then lets one through at a time, one in ten seconds', () => {
    time = 10_000;
    expect([breaker.admit(), breaker.state, breaker.admit()]).toEqual(['probe', 'half_open', 10_000]);
    time = 25_000;
    expect(breaker.admit()).toBe(1);
    breaker.ended('probe', 'good');
    expect(breaker.admit()).toBe('probe');
  });

  it('closes after two good probes', () => {
    time = 10_000;
    expect([call('good'), breaker.state, call('good')]).toEqual(['probe', 'half_open', 10_000]);
    time = 20_000;
    expect([call('good'), breaker.state, breaker.failures]).toEqual(['probe', 'closed', 0]);
    calls('xxxxxx');
    expect(breaker.state).toBe('closed');
  });

  it('stays open after a probe that fails, even the second', () => {
    time = 10_000;
    call('good');
    time = 20_000;
    call('failed');
    expect([breaker.state, breaker.admit()]).toEqual(['open', 10_000]);
    time = 30_000;
    call('good');
    expect(breaker.state).toBe('half_open');
  });

  it('waits ten seconds from the end of a probe that failed', () => {
    time = 10_000;
    breaker.admit();
    time = 40_000;
    breaker.ended('probe', 'failed');
    expect(breaker.admit()).toBe(10_000);
  });

  it('learns nothing from a probe that was taken back, and lets the next one find out', () => {
    time = 10_000;
    expect([call('unknown'), call('good'), breaker.admit()]).toEqual(['probe', 'probe', 10_000]);
  });
});

describe('by hand', () => {
  it('it stays open, whatever the time', () => {
    breaker.set('open');
    time = 1e9;
    expect([breaker.admit(), breaker.state, breaker.mode]).toEqual([10_000, 'open', 'open']);
  });

  it('it stays closed, whatever fails', () => {
    calls('xxxxxxx');
    breaker.set('closed');
    calls('xxxxxxxxxxxxxxxxxxxx');
    expect([breaker.admit(), breaker.state, breaker.mode]).toEqual(['call', 'closed', 'closed']);
  });

  it('it is left to the calls again, and begins closed', () => {
    breaker.set('open');
    breaker.set('auto');
    expect([breaker.admit(), breaker.state, breaker.mode]).toEqual(['call', 'closed', 'auto']);
    calls('xxxxxxx');
    expect(breaker.state).toBe('open');
  });

  it('a probe of before says nothing any more', () => {
    calls('xxxxxxx');
    time = 10_000;
    breaker.admit();
    breaker.set('auto');
    expect([breaker.ended('probe', 'failed'), breaker.state]).toEqual([false, 'closed']);
  });
});
