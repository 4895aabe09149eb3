import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { cypherFault } from './cypher-fault.js';

interface Judged {
  readonly query: string;
  readonly verdict: 'read' | 'refuse';
}
const JUDGED = JSON.parse(readFileSync('libs/cypher/src/fixtures/judged-queries.json', 'utf8')) as Judged[];
const verdict = (query: string) => (cypherFault(query) === undefined ? 'read' : 'refuse');

describe('cypherFault', () => {
  it.each(JUDGED)('$verdict: $query', ({ query, verdict: right }) => expect(verdict(query)).toBe(right));
});
