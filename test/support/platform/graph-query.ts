import { corpusGraph, type Edge, type GraphNode } from './graph.js';

/** Beyond the part of Cypher that this graph understands. */
export class UnreadableQuery extends Error {}

type Row = Readonly<Record<string, GraphNode>>;
type Values = Readonly<Record<string, unknown>>;

interface NodePattern {
  readonly name: string;
  readonly label?: string;
  readonly where: Values;
}

const QUERY =
  /^MATCH\s+(?<pattern>.+?)(?:\s+WHERE\s+(?<where>.+?))?\s+RETURN\s+(?<returned>.+?)(?:\s+ORDER\s+BY\s+(?<order>\w+)(?<descending>\s+DESC)?)?(?:\s+LIMIT\s+(?<limit>\d+))?\s*;?$/is;
const NODE = /^\(\s*(\w*)\s*(?::\s*(\w+))?\s*(?:\{([^}]*)\})?\s*\)$/;
const HOP = /(\([^)]*\))\s*(<?)-\[\s*\w*\s*(?::\s*(\w+))?\s*\]-(>?)\s*(?=\()/y;
const CONDITION = /^(\w+)\.(\w+)\s*(=|<>|<=|>=|<|>|CONTAINS|STARTS\s+WITH)\s*(.+)$/is;
const COLUMN = /^(?:(\w+)\.(\w+)|(count)\(\s*(?:\*|\w+)\s*\))(?:\s+AS\s+(\w+))?$/i;

/**
 * One MATCH of a chain, WHERE of comparisons joined by AND, RETURN of properties and counts, ORDER BY one column, LIMIT.
 * @throws UnreadableQuery
 */
export function queryGraph(cypher: string, parameters: Values): { columns: string[]; rows: unknown[][] } {
  const { pattern, where, returned, order, descending, limit } = QUERY.exec(cypher.trim())?.groups ?? {};
  if (pattern === undefined || returned === undefined) throw new UnreadableQuery('only MATCH … RETURN is understood');
  const conditions = (where?.split(/\s+AND\s+/i) ?? []).map((text) => conditionOf(text.trim(), parameters));
  const rows = matches(pattern, parameters).filter((row) => conditions.every((holds) => holds(row)));
  const columns = returned.split(',').map((text) => columnOf(text.trim()));
  const names = columns.map(({ name }) => name);
  let answer = project(rows, columns);
  if (order !== undefined) {
    const at = names.indexOf(order);
    if (at < 0) throw new UnreadableQuery(`ORDER BY ${order}: no such column`);
    answer = answer.sort((a, b) => compare(a[at], b[at]) * (descending ? -1 : 1));
  }
  return { columns: names, rows: answer.slice(0, limit === undefined ? undefined : Number(limit)) };
}

const compare = (a: unknown, b: unknown) =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;

function matches(pattern: string, parameters: Values): Row[] {
  const { nodes, edges } = corpusGraph();
  let at = 0;
  let rows: Row[] | undefined;
  let hop: { readonly type?: string; readonly isBackwards: boolean } | undefined;
  let last: NodePattern | undefined;
  const step = (text: string) => {
    const next = nodeOf(text, parameters, at);
    rows =
      rows && hop && last
        ? follow(rows, last, hop, next, edges)
        : nodes.filter(fits(next)).map((node) => ({ [next.name]: node }));
    last = next;
  };
  for (;;) {
    HOP.lastIndex = at;
    const found = HOP.exec(pattern);
    if (!found) break;
    step(found[1]!);
    if ((found[2] === '<') === (found[4] === '>')) throw new UnreadableQuery('a relation needs one direction');
    hop = { type: found[3], isBackwards: found[2] === '<' };
    at = HOP.lastIndex;
  }
  step(pattern.slice(at).trim());
  return rows!;
}

function follow(
  rows: readonly Row[],
  from: NodePattern,
  hop: { readonly type?: string; readonly isBackwards: boolean },
  to: NodePattern,
  edges: readonly Edge[],
): Row[] {
  const isNext = fits(to);
  return rows.flatMap((row) =>
    edges
      .filter(({ type }) => hop.type === undefined || type === hop.type)
      .map((edge) => (hop.isBackwards ? { start: edge.to, end: edge.from } : { start: edge.from, end: edge.to }))
      .filter(({ start, end }) => start === row[from.name] && isNext(end) && (row[to.name] ?? end) === end)
      .map(({ end }) => ({ ...row, [to.name]: end })),
  );
}

const fits =
  ({ label, where }: NodePattern) =>
  (node: GraphNode) =>
    (label === undefined || node.label === label) &&
    Object.entries(where).every(([name, value]) => node.properties[name] === value);

function nodeOf(text: string, parameters: Values, index: number): NodePattern {
  const found = NODE.exec(text.trim());
  if (!found) throw new UnreadableQuery(`not a node: ${text}`);
  const [, name, label, properties] = found;
  const where = (properties ?? '').split(',').filter((pair) => pair.trim() !== '');
  const pairs = where.map((pair) => {
    const [key = '', value = ''] = pair.split(/:(.*)/s);
    return [key.trim(), literal(value.trim(), parameters)] as const;
  });
  return { name: name || `#${index}`, ...(label && { label }), where: Object.fromEntries(pairs) };
}

function literal(text: string, parameters: Values): unknown {
  if (/^\$\w+$/.test(text)) {
    const name = text.slice(1);
    if (!Object.hasOwn(parameters, name)) throw new UnreadableQuery(`the parameter ${name} is missing`);
    return parameters[name];
  }
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
  const quoted = /^'([^']*)'$|^"([^"]*)"$/.exec(text);
  if (!quoted) throw new UnreadableQuery(`not a value: ${text}`);
  return quoted[1] ?? quoted[2];
}

function conditionOf(text: string, parameters: Values): (row: Row) => boolean {
  const found = CONDITION.exec(text);
  if (!found) throw new UnreadableQuery(`not a condition: ${text}`);
  const [, name, property, operator] = found;
  const wanted = literal(found[4]!.trim(), parameters);
  return (row) => {
    const value = row[name!]?.properties[property!];
    switch (operator!.toUpperCase().replace(/\s+/, ' ')) {
      case '=':
        return value === wanted;
      case '<>':
        return value !== wanted;
      case 'CONTAINS':
        return String(value).includes(String(wanted));
      case 'STARTS WITH':
        return String(value).startsWith(String(wanted));
      default:
        return holds(compare(value, wanted), operator!);
    }
  };
}

const holds = (order: number, operator: string) =>
  operator === '<' ? order < 0 : operator === '>' ? order > 0 : operator === '<=' ? order <= 0 : order >= 0;

interface Column {
  readonly name: string;
  readonly of?: { readonly node: string; readonly property: string };
}

function columnOf(text: string): Column {
  const found = COLUMN.exec(text);
  if (!found) throw new UnreadableQuery(`not a column: ${text}`);
  const [, node, property, , alias] = found;
  return { name: alias ?? text, ...(node !== undefined && { of: { node, property: property! } }) };
}

/** Rows of the same values are one where something is counted. */
function project(rows: readonly Row[], columns: readonly Column[]): unknown[][] {
  const valueOf = (row: Row, of: NonNullable<Column['of']>) => {
    if (!row[of.node]) throw new UnreadableQuery(`${of.node} is not defined`);
    return row[of.node]!.properties[of.property] ?? null;
  };
  const values = rows.map((row) => columns.map(({ of }) => (of ? valueOf(row, of) : null)));
  if (columns.every(({ of }) => of)) return values;
  const groups = Map.groupBy(values, (row) => JSON.stringify(row));
  return [...groups.values()].map((group) => group[0]!.map((value, i) => (columns[i]!.of ? value : group.length)));
}
