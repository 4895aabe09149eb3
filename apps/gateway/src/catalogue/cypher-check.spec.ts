import { afterAll, describe, expect, it } from '@jest/globals';
import { CypherJudge } from '#cypher/cypher-judge.js';
import { readTools, type ToolEntry } from '#config/tools-file.js';
import type { AppError } from '#errors/app-error.js';
import { argumentCheck } from './argument-check.js';
import { cypherCheck } from './cypher-check.js';

const judge = new CypherJudge();
afterAll(() => judge.stop());

const { tools } = readTools('config/tools.yaml', (name) => (name.endsWith('_URL') ? 'http://a' : undefined));
const entry = tools.get('graph_query')!;

describe('a query of graph_query', () => {
  it('may read', async () => {
    await expect(cypherCheck(entry, judge)!({ cypher: 'MATCH (n) RETURN n' })).resolves.toBeUndefined();
  });

  it('may not write, judged after it has been cleaned', async () => {
    for (const cypher of ['MATCH (n) DELETE n', 'MATCH (n) DEL\0ETE n', 'CALL apoc.help("x")', 'MATCH (n']) {
      const args = argumentCheck(entry, [])({ cypher });
      const refused = await cypherCheck(entry, judge)!(args).catch((error: AppError) => error);
      expect((refused as AppError).details).toMatchObject({
        faults: [{ field: 'cypher', code: 'cypher' }],
        members: { error: 'CypherValidationError' },
      });
    }
  });

  it('is named by its place in a list', async () => {
    const own = { ...entry, checks: { queries: 'cypher-read-only' } } as ToolEntry;
    await expect(cypherCheck(own, judge)!({ queries: ['RETURN 1', 'CREATE (n)'] })).rejects.toMatchObject({
      details: { faults: [{ field: 'queries[1]' }] },
    });
  });

  it('is not asked for where there is none', () => {
    expect(cypherCheck(tools.get('semantic_search')!, judge)).toBeUndefined();
  });
});
