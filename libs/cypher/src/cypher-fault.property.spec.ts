import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cypherFault } from './cypher-fault.js';

/** Where a clause may stand, in a generated query. */
const PLACE = '§';
const WRITES = [
  'CREATE (w:W)',
  'INSERT (w:W)',
  'MERGE (w:W) ON CREATE SET w.x = 1',
  'SET n.x = 1',
  'SET n:W',
  'REMOVE n.x',
  'DELETE n',
  'DETACH DELETE n',
  'FOREACH (w IN [1] | SET n.x = w)',
  'CALL { CREATE (w) }',
  'CALL (n) { RETURN 1 AS w } IN TRANSACTIONS',
  'CALL apoc.create.node([], {})',
  "LOAD CSV FROM 'file:///w' AS w",
  'USE other',
  'SHOW INDEXES',
];
const DANGEROUS = [
  'CREATE (n)',
  'DETACH DELETE n',
  'SET n.x = 1',
  'MERGE (m)',
  'LOAD CSV',
  'DROP INDEX i; ',
  'CALL a.b()',
];
const WORDS = ['create', 'Delete', 'SET', 'merge', 'remove', 'load', 'drop', 'grant', 'foreach'];

const dangerous = fc.constantFrom(...DANGEROUS);
const word = fc.constantFrom(...WORDS);
const text = fc.oneof(
  dangerous.map((words) => `'${words}'`),
  dangerous.map((words) => `"it\\"s ${words} // "`),
  dangerous.map((words) => `'/* ${words} '`),
);
const name = fc.oneof(
  fc.constantFrom('n', 'm', 'x'),
  dangerous.map((words) => `\`${words}\``),
);
const space = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(' ', '\n', '\t ', ' \r\n') },
  { weight: 1, arbitrary: dangerous.map((words) => `/* ${words} */`) },
  { weight: 1, arbitrary: dangerous.map((words) => ` // ${words}\n`) },
);
const label = fc.oneof(
  word.map((each) => `:${each}`),
  dangerous.map((words) => `:\`${words}\``),
);
const joined = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((each) => each.join(''));
const fixed = (words: string) => fc.constant(words);
const maybe = (part: fc.Arbitrary<string>) => fc.option(part, { nil: '' });

const { query } = fc.letrec<Record<'value' | 'node' | 'pattern' | 'clause' | 'clauses' | 'query', string>>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'query' },
    fc.constantFrom('1', 'n.x', '$set', 'null', 'count(*)', 'date.truncate("day")'),
    text,
    joined(name, fixed('.'), word),
    joined(fixed('['), tie('value'), fixed(', '), tie('value'), fixed(']')),
    joined(fixed('{'), word, fixed(': '), tie('value'), fixed('}')),
    joined(fixed('('), tie('value'), fc.constantFrom(' + ', ' = ', ' AND ', ' IN '), tie('value'), fixed(')')),
    joined(fixed('[x IN '), tie('value'), fixed(' WHERE '), tie('value'), fixed(' | '), tie('value'), fixed(']')),
    joined(fixed('CASE WHEN '), tie('value'), fixed(' THEN '), tie('value'), fixed(' END')),
    joined(fixed('coalesce('), tie('value'), fixed(', '), tie('value'), fixed(')')),
    joined(fixed('EXISTS { '), tie('query'), fixed(' }')),
    joined(fixed('COUNT { '), tie('query'), fixed(' }')),
    joined(fixed('COLLECT { '), tie('query'), fixed(' }')),
    joined(fixed('EXISTS { '), tie('pattern'), fixed(' }')),
    joined(fixed('n {.'), word, fixed(', '), word, fixed(': '), tie('value'), fixed(', .*}')),
  ),
  node: joined(
    fixed('('),
    maybe(name),
    maybe(label),
    maybe(joined(fixed(' {'), word, fixed(': '), tie('value'), fixed('}'))),
    fixed(')'),
  ),
  pattern: joined(tie('node'), maybe(joined(fc.constantFrom('-->', '-[r]-', '<-[:SET*1..3]-'), tie('node')))),
  clause: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'query' },
    joined(
      fc.constantFrom('MATCH ', 'OPTIONAL MATCH ', 'match '),
      tie('pattern'),
      maybe(joined(fixed(' WHERE '), tie('value'))),
    ),
    joined(fixed('WITH '), tie('value'), fixed(' AS '), name),
    joined(fixed('UNWIND '), tie('value'), fixed(' AS '), name),
    joined(fixed('CALL (*) { '), tie('query'), fixed(' }')),
    fixed('CALL db.labels() YIELD label'),
  ),
  clauses: fc
    .array(fc.tuple(tie('clause'), space), { minLength: 0, maxLength: 3 })
    .map((all) => all.map(([clause, gap]) => `${PLACE} ${clause}${gap} `).join('')),
  query: joined(tie('clauses'), fixed(`${PLACE} RETURN `), tie('value'), fixed(' AS '), name, space),
}));
const small = query.filter((each) => each.length < 500);

const read = (generated: string) => generated.replaceAll(PLACE, '');
function withWrite(generated: string, place: number, write: string): string {
  const parts = generated.split(PLACE);
  const at = 1 + (place % (parts.length - 1));
  return `${parts.slice(0, at).join('')}${write} ${parts.slice(at).join('')}`;
}

describe('cypherFault, on generated queries', () => {
  it('accepts what only reads, whatever stands in its strings, names and comments', () => {
    fc.assert(
      fc.property(small, (generated) => expect(cypherFault(read(generated))).toBeUndefined()),
      { numRuns: 150 },
    );
  });

  it('refuses each as soon as one clause that does more stands anywhere in it', () => {
    const place = fc.nat(20);
    fc.assert(
      fc.property(small, place, fc.constantFrom(...WRITES), (generated, index, write) => {
        expect(cypherFault(withWrite(generated, index, write))).toBeDefined();
      }),
      { numRuns: 150 },
    );
  });

  it('neither throws nor lets a write through whatever else is in the text', () => {
    const noise = fc.array(
      fc.oneof(
        fc.constantFrom(
          ...WRITES,
          ...WORDS,
          'MATCH (n)',
          "'",
          '"',
          '`',
          '/*',
          '*/',
          '//',
          '\n',
          '\\u0027',
          '{',
          '}',
          '(',
          ')',
          ';',
        ),
        fc.string({ maxLength: 4 }),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(noise, fc.constantFrom(...WRITES), (parts, write) => {
        const fault = cypherFault(`MATCH (n) ${write} RETURN n ${parts.join(' ')}`);
        expect(fault).toBeDefined();
      }),
      { numRuns: 150 },
    );
  });
});
