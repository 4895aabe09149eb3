import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { cypherFault } from './cypher-fault.js';

interface Judged {
  readonly query: string;
  readonly verdict: 'read' | 'refuse';
}
const JUDGED = JSON.parse(readFileSync('libs/cypher/src/fixtures/judged-queries.json', 'utf8')) as Judged[];
const verdict = (query: string) => (cypherFault(query) === undefined ? 'read' : 'refuse');

const READS = [
  'RETURN 1',
  'RETURN 1;',
  'match (n) return n',
  'MaTcH (n) ReTuRn n',
  '  \n\tMATCH\r\n(n)\tRETURN\nn  ',
  '// DELETE everything\nMATCH (n) RETURN n',
  'MATCH (n) /* SET n.x = 1; */ RETURN n // MERGE (m)',
  "MATCH (n {name: 'CREATE (m)'}) RETURN n",
  'MATCH (n) WHERE n.text = "it\'s DELETE n" RETURN n',
  "MATCH (n) WHERE n.text = 'a \\' DELETE n // ' RETURN n",
  "RETURN '/* ' AS a, ' */' AS b",
  "RETURN '// not a comment' AS a",
  'MATCH (n:Create)-[:SET]->(m:`DETACH DELETE`) RETURN n.created, n.set, m.`MERGE (x)`',
  'MATCH (create) RETURN create.delete AS remove',
  'MATCH (set:Set) WHERE set.merge = $create RETURN set',
  'MATCH (n) RETURN n.load, n.csv, n.drop, n.foreach',
  'MATCH (n) RETURN n {.delete, set: n.x, .*} AS merge',
  'RETURN {create: 1, delete: [2, 3], set: {merge: true}} AS drop',
  'MATCH (n) RETURN n.`a``b; DELETE n`',
  'MATCH (n) WHERE n.a =~ ".*SET.*" AND NOT n:Deleted RETURN count(*)',
  'MATCH (a)-[r:CREATED|DELETED*1..3]->(b) RETURN r',
  'OPTIONAL MATCH (n) WITH DISTINCT n ORDER BY n.x DESC SKIP 2 LIMIT 5 WHERE n.y > 1 RETURN collect(n)',
  'UNWIND [1, 2, 3] AS x WITH x WHERE x % 2 = 1 RETURN sum(x)',
  'FOR x IN [1, 2] RETURN x',
  'MATCH (n) FILTER n.x > 1 LET y = n.x + 1 RETURN y ORDER BY y OFFSET 1 LIMIT 1',
  'MATCH (n) RETURN n UNION ALL MATCH (m) RETURN m AS n',
  'MATCH (n) RETURN n NEXT RETURN count(n) AS c',
  'WHEN true THEN RETURN 1 AS x ELSE RETURN 2 AS x',
  'MATCH (n) FINISH',
  'CALL { MATCH (n) RETURN n } RETURN n',
  'MATCH (n) CALL { WITH n MATCH (n)--(m) RETURN m } RETURN m',
  'MATCH (n) OPTIONAL CALL (*) { RETURN n.x AS x UNION RETURN 2 AS x } RETURN x',
  'MATCH (n) WHERE EXISTS { MATCH (n)-->(m) WHERE m.x > 1 } RETURN n',
  'MATCH (n) WHERE EXISTS { (n)-->(:Set) } AND COUNT { (n)--() } > 2 RETURN n',
  'MATCH (n) RETURN COLLECT { MATCH (n)-->(m) RETURN m.name } AS names',
  'MATCH (n) RETURN [(n)-->(m:Merge) WHERE m.x | m.name] AS names',
  'MATCH p = ((a:A)-[:R]->(b)){1,3} (c) RETURN nodes(p)',
  'MATCH p = SHORTEST 2 (a)-[:R]->+(b) RETURN p',
  'MATCH p = allShortestPaths((a)-[*]-(b)) RETURN length(p)',
  'MATCH (n:A&!B|C) WHERE n IS :: NODE RETURN n',
  'MATCH (n:$($label))-[:$any($types)]->() RETURN n',
  'MATCH (n:A) USING INDEX n:A(x) WHERE n.x = 1 RETURN n',
  'MATCH (n) WHERE n.x IN [x IN range(1, 9) WHERE x > $low | x * 2] RETURN n',
  'RETURN reduce(s = 0, x IN [1, 2] | s + x) AS total, all(x IN [1] WHERE x > 0) AS ok',
  'MATCH (n) RETURN CASE n.x WHEN 1 THEN "CREATE" ELSE "SET" END AS verb',
  'RETURN date(), datetime.truncate("day", datetime()), DATE.Truncate("year")',
  'RETURN duration.between(date("2020-01-01"), date()), point.distance(point({x: 1, y: 1}), point({x: 2, y: 2}))',
  'MATCH (n) RETURN vector.similarity.cosine(n.embedding, $embedding) AS score',
  'CALL db.schema.visualization',
  "CALL db.index.fulltext.queryNodes('names', 'DELETE') YIELD node, score RETURN node",
  'CALL `db` . /* x */ labels() YIELD label WHERE label = "Drop" RETURN *',
  'PROFILE MATCH (n) RETURN n',
  'explain match (n) return n',
  "MATCH (n) WHERE n.x = '\\u0041' RETURN n",
  "RETURN '\\\\u0027' AS x",
  "RETURN '\\\\u0027 DELETE n //'",
  'RETURN "\\u0027 SET n.y = 1" AS x',
  "RETURN s'CREATE {1 + 1} SET' AS x",
  'MATCH (données:Größe {名前: "é"}) RETURN données',
  'RETURN "❤️ DELETE" AS heart',
  `RETURN ${'('.repeat(64)}1${')'.repeat(64)}`,
  `RETURN ${'['.repeat(64)}1${']'.repeat(64)}`,
  `RETURN '${'x'.repeat(4_080)}'`,
  `RETURN 1${',1'.repeat(490)}`,
];

const REFUSED = [
  // Writes, each form.
  'MERGE (n:X)',
  'MERGE (n:X) ON CREATE SET n.a = 1 ON MATCH SET n.b = 1 RETURN n',
  'MATCH (n) SET n.x = 1 RETURN n',
  'MATCH (n) SET n += {x: 1}',
  'MATCH (n) SET n:Label',
  'MATCH (n) SET n:$(n.label)',
  'MATCH (n) SET n[$key] = 1',
  'MATCH (n) REMOVE n.x',
  'MATCH (n) REMOVE n:Label',
  'MATCH (n) DELETE n',
  'MATCH (n) DETACH DELETE n',
  'MATCH (n) NODETACH DELETE n',
  'MATCH (n) INSERT (n)-[:R]->(:M)',
  'FOREACH (x IN [1] | CREATE (:N))',
  'MATCH (n) FOREACH (x IN [1] | SET n.x = x)',
  'CREATE p = (a)-[:R]->(b) RETURN p',
  'CREATE UNIQUE (a)-[:R]->(b)',
  // Writes in places where a list of words might not look.
  'MATCH (n) CALL { WITH n SET n.x = 1 } RETURN n',
  'MATCH (n) CALL (n) { CALL (n) { DELETE n } } RETURN 1',
  'MATCH (n) CALL (n) { RETURN 1 AS x UNION CREATE (m) RETURN 2 AS x } RETURN x',
  'MATCH (n) WHERE EXISTS { MATCH (n) SET n.x = 1 RETURN n } RETURN n',
  'RETURN COUNT { CREATE (n) RETURN n } AS c',
  'RETURN COLLECT { MERGE (n) RETURN n } AS c',
  'RETURN [x IN COLLECT { CREATE (n) RETURN n } | x] AS c',
  'RETURN {a: {b: [COLLECT { CREATE (n) RETURN n }]}} AS c',
  'MATCH (n {x: COUNT { CREATE (m) RETURN m }}) RETURN n',
  'MATCH (n) RETURN n ORDER BY COUNT { CREATE (m) RETURN m }',
  'MATCH (n) RETURN n LIMIT COUNT { CREATE (m) RETURN m }',
  "RETURN s'{COUNT { CREATE (m) RETURN m }}' AS x",
  'WHEN true THEN CREATE (n) ELSE RETURN 1',
  'WHEN false THEN RETURN 1 ELSE CREATE (n)',
  'EXPLAIN CREATE (n)',
  'PROFILE MATCH (n) DELETE n',
  '{ CREATE (n) RETURN n }',
  'MATCH (n) WITH n LIMIT 1 SET n.x = 1 RETURN n UNION MATCH (n) RETURN n',
  // Spelling.
  'mAtCh (n) dElEtE n',
  'MATCH (n)DELETE n',
  'MATCH(n)\nSET\nn.x=1',
  'MATCH (n)/**/DELETE/**/n',
  'MATCH (n)//\nDELETE n',
  'MATCH (n) // comment\rDELETE n',
  "MATCH (n) WHERE n.x = '\\\\' DELETE n //'",
  'MATCH (n) WHERE n.x = "\\"" DELETE n //"',
  'MATCH (n) RETURN n.`x` DELETE n',
  'MATCH (n) RETURN 1 /* /* */ DELETE n',
  'MATCH (n) \\u0044ELETE n',
  'MATCH (n) \\uu0044ELETE n',
  'MATCH (n) RETURN n // \\u000aDELETE n',
  "RETURN '\\u005cu0027 DELETE n //' AS x",
  'MATCH (n) RETURN n.`\\u0060 DELETE n //`',
  'MATCH (n) ſET n.x = 1',
  'MATCH (n) DЕLETE n',
  'MATCH (n) ＳＥＴ n.x = 1',
  // Invisible characters.
  'MATCH (n) RETURN n // \u202e n ETELED',
  'MATCH (n) DEL\u200bETE n',
  'MATCH (n) RETURN "a\u2066b"',
  'MATCH (n)\u0000 RETURN n',
  'MATCH (n) RETURN n // x\u2028DELETE n',
  'MATCH (n) RETURN n // x\u0085DELETE n',
  '\ufeffMATCH (n) RETURN n',
  'MATCH (n) RETURN "\ud800"',
  // Schema and administration.
  'CREATE INDEX i FOR (n:A) ON (n.x)',
  'CREATE CONSTRAINT c FOR (n:A) REQUIRE n.x IS UNIQUE',
  'CREATE VECTOR INDEX v FOR (n:A) ON n.e OPTIONS {}',
  'DROP INDEX i',
  'DROP CONSTRAINT c IF EXISTS',
  'CREATE DATABASE d',
  'CREATE OR REPLACE DATABASE d',
  'DROP DATABASE d',
  'START DATABASE d',
  'ALTER DATABASE d SET ACCESS READ ONLY',
  "CREATE USER u SET PASSWORD 'p'",
  'DROP USER u',
  'RENAME USER u TO v',
  "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'",
  'CREATE ROLE r',
  'GRANT ROLE r TO u',
  'GRANT ALL ON DATABASE * TO r',
  'DENY READ {*} ON GRAPH * TO r',
  'REVOKE ROLE r FROM u',
  'CREATE ALIAS a FOR DATABASE d',
  "ENABLE SERVER 's'",
  'REALLOCATE DATABASES',
  'ALTER CURRENT GRAPH TYPE SET { }',
  'SHOW DATABASES',
  'SHOW PROCEDURES YIELD name RETURN name',
  'SHOW TRANSACTIONS',
  'MATCH (n) SHOW INDEXES',
  'TERMINATE TRANSACTION "t"',
  // Other graphs, files, transactions, options, consoles, definitions.
  'USE system MATCH (n) RETURN n',
  'USE graph.byName("x") MATCH (n) RETURN n',
  'CALL { USE other MATCH (n) RETURN n } RETURN n',
  'USE other { MATCH (n) RETURN n }',
  "LOAD CSV FROM 'http://169.254.169.254/' AS line RETURN line",
  "MATCH (n) CALL (n) { LOAD CSV FROM 'x' AS l RETURN l } RETURN l",
  'CALL { MATCH (n) RETURN n } IN TRANSACTIONS RETURN n',
  'CALL { MATCH (n) RETURN n } IN 4 CONCURRENT TRANSACTIONS RETURN n',
  'CYPHER 25 MATCH (n) RETURN n',
  'CYPHER planner=cost RETURN 1',
  ':param x => 1',
  ':play movies',
  'DEFINE FUNCTION f(x) = x + 1 RETURN f(1)',
  'RETURN 1; RETURN 2',
  ';',
  'RETURN 1;;',
  // Procedures and functions.
  'CALL apoc.create.node(["A"], {})',
  'CALL dbms.listConfig()',
  'CALL db.createLabel("x")',
  'CALL db.Labels()',
  'CALL gds.graph.project("g", "A", "R")',
  'CALL `apoc.cypher.doIt`("CREATE (n)", {})',
  'CALL apoc /**/ . cypher . `doIt`("CREATE (n)", {})',
  'CALL { CALL apoc.cypher.doIt("CREATE (n)", {}) YIELD value RETURN value } RETURN value',
  'CALL genai.vector.encodeBatch(["a"], "OpenAI", {})',
  'RETURN apoc.load.json("http://x")',
  'RETURN `apoc.cypher.runFirstColumnSingle`("CREATE (n)", {})',
  'RETURN apoc . text . join(["a"], "b")',
  'RETURN genai.vector.encode("text", "OpenAI", {token: "x"})',
  'RETURN graph.names()',
  'MATCH (n) WHERE n.x = [x IN [1] | apoc.util.sleep(1)] RETURN n',
  // No Cypher, or too much of it.
  '   ',
  '// only a comment',
  'EXPLAIN',
  'MATCH (n) RETURN n DELETE',
  'MATCH (n RETURN n',
  'MATCH (n) RETURN n /* unclosed',
  'RETURN `unclosed',
  "RETURN s'{",
  'DROP TABLE users',
  'MATCH (n) RETURN n # comment',
  `RETURN ${'('.repeat(65)}1${')'.repeat(65)}`,
  `RETURN '${'x'.repeat(4_090)}'`,
  `RETURN 1${',1'.repeat(510)}`,
  `RETURN 1${'/*'.repeat(2_000)}`,
];

describe('cypherFault', () => {
  it.each(JUDGED)('$verdict: $query', ({ query, verdict: right }) => expect(verdict(query)).toBe(right));

  it.each(READS)('reads: %s', (query) => expect(cypherFault(query)).toBeUndefined());

  it.each(REFUSED)('is refused: %s', (query) => {
    const fault = cypherFault(query);
    expect(fault).toMatch(/^[A-Z:].*[^.]$/s);
    expect(fault!.length).toBeLessThan(260);
  });

  it.each([
    ['MATCH (n)\n  DETACH DELETE n', 'DETACH (line 2, column 3) is not allowed: a query may only read, with MATCH'],
    ['CALL { RETURN 1 AS x } IN TRANSACTIONS RETURN x', 'CALL … IN TRANSACTIONS (line 1, column 24) is not allowed'],
    ['DEFINE FUNCTION f() = 1 RETURN 1', 'DEFINE (line 1'],
    [':use system', 'A console command (line 1, column 1) is not allowed'],
    ['CYPHER 25 RETURN 1', 'CYPHER (line 1, column 1) is not allowed'],
    ['RETURN 1; MATCH (n) RETURN n', 'A second statement (line 1, column 11) is not allowed: send one query at a time'],
    ['CALL a.b()', 'The procedure a.b (line 1, column 6) is not on the list of procedures that a query may call'],
    ['RETURN a.b()', 'The function a.b (line 1, column 8) is not on the list of functions that a query may call'],
    ['RETURN 1 +', 'The query is not valid Cypher at its end (line 1, column 11)'],
    [`RETURN 1 ${'x'.repeat(99)}`, `The query is not valid Cypher near ${'x'.repeat(39)}… (line 1, column 10)`],
    ['MATCH (n) \\u0053ET n.x = 1', 'The query is not valid Cypher'],
    ["RETURN '\\u0027 DELETE n //'", 'DELETE (line 1, column 11) is not allowed'],
    ['RETURN "\u202e"', 'The query has the control or invisible character U+202E at index 8'],
    ['RETURN "unclosed', 'The query is not valid Cypher: a quote is not closed (line 1, column 8)'],
  ])('says of %j what to change', (query, words) => expect(cypherFault(query)).toContain(words));

  it('takes other lists of what may be called', () => {
    const allowed = { procedures: ['apoc.meta.schema'], functions: ['apoc.text.join'] };
    expect(
      cypherFault('CALL apoc.meta.schema() YIELD value RETURN apoc.Text.join(["a"], "") AS x', allowed),
    ).toBeUndefined();
    expect(cypherFault('CALL db.labels()', allowed)).toContain('The procedure db.labels');
    expect(cypherFault('RETURN date.truncate("day")', { functions: [] })).toContain('The function date.truncate');
    expect(cypherFault('CALL { DELETE n } RETURN 1', { procedures: ['*'] })).toContain('DELETE');
  });

  it('judges alike after a query that taught it too much', () => {
    const deep = `RETURN ${'allReduce(a='.repeat(60)}1${',b IN c|1,1)'.repeat(60)}`;
    for (let round = 0; round < 12; round++) cypherFault(`${deep} AS x${round}`);
    for (const { query, verdict: right } of JUDGED) expect([query, verdict(query)]).toEqual([query, right]);
  });
});
