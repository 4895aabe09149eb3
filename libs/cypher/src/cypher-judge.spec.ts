import { afterAll, describe, expect, it } from '@jest/globals';
import { CypherJudge } from './cypher-judge.js';

describe('CypherJudge', () => {
  const judge = new CypherJudge();
  afterAll(() => judge.stop());

  it('judges as cypherFault does, many at once', async () => {
    const queries = ['MATCH (n) RETURN n', 'MATCH (n) DELETE n', 'RETURN 1', 'MATCH (n'];
    const faults = await Promise.all(queries.map((query) => judge.fault(query)));
    expect(faults.map((fault) => fault === undefined)).toEqual([true, false, true, false]);
  });

  it('goes on after it was stopped', async () => {
    await judge.stop();
    expect(await judge.fault('RETURN 1')).toBeUndefined();
  });

  it('refuses what takes too long, and goes on with the next', async () => {
    const hasty = new CypherJudge(5);
    const nested = `RETURN ${'[x IN '.repeat(40)}[1]${' WHERE x > 1 | x + 1]'.repeat(40)}`;
    expect(await hasty.fault(nested)).toContain('too long to judge');
    let fault: string | undefined;
    for (let tries = 0; tries < 100; tries++) {
      fault = await hasty.fault('RETURN 1');
      if (fault === undefined) break;
    }
    expect(fault).toBeUndefined();
    await hasty.stop();
  });
});
