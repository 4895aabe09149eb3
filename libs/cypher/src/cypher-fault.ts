import { CypherGrammar } from './cypher-grammar.js';
import { readings } from './readings.js';
import { type AllowedCalls, treeFault } from './tree-fault.js';
import { UnreadableCypher } from './unreadable-cypher.js';

const MAX_BYTES = 4_096;
/** Characters without a shape of their own could hide something, but for white space and the selectors of emoji. */
const HIDDEN = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\t\n\r\p{Variation_Selector}]]/v;

let grammar: CypherGrammar | undefined;

/** Why a query must not be run: a sentence without its full stop, for whoever wrote it. Undefined: it only reads. */
export function cypherFault(query: string, allowed: AllowedCalls = {}): string | undefined {
  if (Buffer.byteLength(query) > MAX_BYTES) return `The query is longer than ${MAX_BYTES} bytes`;
  const texts = readings(query);
  if (!texts) return 'The query has \\u escapes within \\u escapes';
  for (const [index, text] of texts.entries()) {
    const fault = faultOf(text, allowed);
    if (fault) return index === 0 ? fault : `${fault}, once the \\u escapes are decoded`;
  }
  return undefined;
}

/** Loads the grammar and parses one query, so that the first caller's time is not spent on it (some 200 ms and 30 MB). */
export function warmUpCypher(): void {
  cypherFault('MATCH (n:Warm {up: true})-[r]->(m) WHERE n.x > 1 RETURN n, count(m) AS c ORDER BY c LIMIT 1');
}

function faultOf(text: string, allowed: AllowedCalls): string | undefined {
  const hidden = HIDDEN.exec(text);
  if (hidden) {
    const point = hidden[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    return `The query has the control or invisible character U+${point} at index ${hidden.index}`;
  }
  grammar ??= new CypherGrammar();
  try {
    return treeFault(grammar.parse(text), grammar.ruleNames, allowed);
  } catch (error) {
    if (error instanceof UnreadableCypher) return error.message;
    throw error;
  }
}
