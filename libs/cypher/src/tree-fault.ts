import type { ParserRuleContext, ParseTree } from 'antlr4ng';
import { READ_FUNCTIONS, READ_PROCEDURES } from './allowed-calls.js';
import { NAMED_RULES, READ_RULES } from './read-rules.js';
import { at, quoted } from './unreadable-cypher.js';

/** Procedures and functions with a dot in their names that a query may call, instead of the built-in lists. */
export interface AllowedCalls {
  readonly procedures?: readonly string[];
  readonly functions?: readonly string[];
}

const CLAUSES = 'MATCH, RETURN, WITH, UNWIND, FILTER, LET, ORDER BY, SKIP, LIMIT, FINISH, UNION, subqueries and CALL';

/** Why a parsed query must not be run: the first place in it that is not on the lists. */
export function treeFault(
  root: ParserRuleContext,
  ruleNames: readonly string[],
  { procedures = READ_PROCEDURES, functions = READ_FUNCTIONS }: AllowedCalls,
): string | undefined {
  const ruleOf = (node: ParserRuleContext) => ruleNames[node.ruleIndex] ?? '';
  const [, second] = root.children.filter(isRule);
  if (second) return `A second statement (${at(second.start!)}) is not allowed: send one query at a time`;
  // A stack and not recursion: a query of the longest kind nests thousands of rules.
  const ahead: ParserRuleContext[] = [root];
  for (let node = ahead.pop(); node; node = ahead.pop()) {
    const rule = ruleOf(node);
    if (!READ_RULES.has(rule)) return clauseFault(rule, node);
    const fault =
      rule === 'procedureName'
        ? procedureFault(nameIn(node, ruleOf), node, procedures)
        : rule === 'functionName'
          ? functionFault(nameIn(node, ruleOf), node, functions)
          : undefined;
    if (fault) return fault;
    for (let index = node.children.length - 1; index >= 0; index--) {
      const child = node.children[index]!;
      if (isRule(child)) ahead.push(child);
    }
  }
  return undefined;
}

const isRule = (node: ParseTree): node is ParserRuleContext => 'children' in node;

function clauseFault(rule: string, node: ParserRuleContext): string {
  const what = NAMED_RULES[rule] ?? quoted(node.start!.text!.toUpperCase());
  return `${what} (${at(node.start!)}) is not allowed: a query may only read, with ${CLAUSES}`;
}

const procedureFault = (name: string, node: ParserRuleContext, procedures: readonly string[]) =>
  procedures.includes(name) ? undefined : unlisted('procedure', name, node);

/** Only a name with a dot can be anybody's own: Neo4j takes no function without a namespace but its own, which are pure. */
const functionFault = (name: string, node: ParserRuleContext, functions: readonly string[]) =>
  !name.includes('.') || functions.some((each) => each.toLowerCase() === name.toLowerCase())
    ? undefined
    : unlisted('function', name, node);

const unlisted = (kind: string, name: string, node: ParserRuleContext): string =>
  `The ${kind} ${quoted(name)} (${at(node.start!)}) is not on the list of ${kind}s that a query may call`;

/** A dotted name without the spaces, comments and backticks that it may be written with. */
function nameIn(node: ParserRuleContext, ruleOf: (node: ParserRuleContext) => string): string {
  return node.children
    .filter(isRule)
    .flatMap((part) => (ruleOf(part) === 'namespace' ? part.children.filter(isRule) : [part]))
    .map((part) => part.getText())
    .map((part) => (part.startsWith('`') ? part.slice(1, -1).replaceAll('``', '`') : part))
    .join('.');
}
