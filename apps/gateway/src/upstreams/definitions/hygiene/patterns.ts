import { runInNewContext } from 'node:vm';
import { isObject } from '#gateway/tools/tool.js';

const LONGEST = 1_000;
/** Milliseconds that one pattern may take for a text of 40 characters; good ones take microseconds. */
const PATIENCE_MS = 25;
/** Milliseconds that are spent on patterns of one list. What is suspicious after that is not looked at, and not trusted. */
export const PATTERN_BUDGET_MS = 250;

/** More of these one after the other than this try every way to share a text among them. */
const MOST_BOUNDLESS = 6;
/** Keywords whose value is data, not a schema. */
const DATA = new Set(['const', 'enum', 'default', 'examples']);
const MOST_REMEMBERED = 5_000;
const known = new Map<string, string | undefined>();

/** Time that may still be spent. */
export interface PatternBudget {
  leftMs: number;
}

/** What is wrong with the patterns of a schema; undefined when nothing is. */
export function patternFault(schema: unknown, budget: PatternBudget): string | undefined {
  for (const pattern of patternsIn(schema)) {
    if (pattern.length > LONGEST) return `a pattern of more than ${LONGEST} characters`;
    if (known.has(pattern) && known.get(pattern) === undefined) continue;
    const fault = known.get(pattern) ?? judge(pattern, budget);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function judge(pattern: string, budget: PatternBudget): string | undefined {
  if (!isRegExp(pattern)) return remember(pattern, 'a pattern that is none');
  if (!mayGoBackAndForth(pattern)) return remember(pattern, undefined);
  if (budget.leftMs <= 0) return 'patterns that take too long to be looked at';
  const started = performance.now();
  // A machine that was busy with something else is no fault of the pattern's.
  const slow = isSlow(pattern) && isSlow(pattern);
  budget.leftMs -= performance.now() - started;
  return remember(pattern, slow ? 'a pattern that takes for ever' : undefined);
}

function remember(pattern: string, fault: string | undefined): string | undefined {
  if (known.size >= MOST_REMEMBERED) known.clear();
  known.set(pattern, fault);
  return fault;
}

const isRegExp = (pattern: string): boolean => ['u', ''].some((flags) => compiles(pattern, flags));

function compiles(pattern: string, flags: string): boolean {
  try {
    return new RegExp(pattern, flags) instanceof RegExp;
  } catch {
    return false;
  }
}

const QUANTIFIER = /^(?:[*+]|\{\d+(?:,\d*)?\})/;

/** True where something that is repeated holds something that is repeated, or a choice; or where much is repeated. */
function mayGoBackAndForth(pattern: string): boolean {
  const plain = pattern.replace(/\\./gs, 'x').replace(/\[(?:\^?\])?[^\]]*\]/g, 'x');
  const groups = [false];
  let repeated = 0;
  for (let i = 0; i < plain.length; i++) {
    const quantifier = plain[i] === ')' ? undefined : QUANTIFIER.exec(plain.slice(i, i + 12))?.[0];
    if (plain[i] === '(') groups.push(false);
    else if (plain[i] === '|') groups[groups.length - 1] = true;
    else if (plain[i] === ')') {
      const inner = groups.length > 1 && groups.pop() === true;
      if (inner && QUANTIFIER.test(plain.slice(i + 1, i + 13))) return true;
      if (inner) groups[groups.length - 1] = true;
    } else if (quantifier !== undefined) {
      groups[groups.length - 1] = true;
      if (++repeated > MOST_BOUNDLESS) return true;
    }
  }
  return false;
}

/** Tries it on what makes such patterns go back and forth: one thing again and again, then something that does not fit. */
function isSlow(pattern: string): boolean {
  const letters = new Set(['a', '0', ' ', '-', '.', ...(pattern.match(/[\p{L}\p{N} _@/:,.-]/gu) ?? []).slice(0, 6)]);
  const texts = [...letters].flatMap((letter) => [`${letter.repeat(40)}\u0001`, `${`${letter}a`.repeat(20)}\u0001`]);
  const flags = compiles(pattern, 'u') ? 'u' : '';
  try {
    // A context of its own can be stopped in the middle of a match.
    runInNewContext(
      'const r = new RegExp(p, f); for (const t of texts) r.test(t);',
      { p: pattern, f: flags, texts },
      { timeout: PATIENCE_MS },
    );
    return false;
  } catch {
    return true;
  }
}

function* patternsIn(schema: unknown): Generator<string> {
  if (Array.isArray(schema)) for (const item of schema) yield* patternsIn(item);
  if (!isObject(schema)) return;
  for (const [keyword, value] of Object.entries(schema)) {
    if (DATA.has(keyword)) continue;
    if (keyword === 'pattern' && typeof value === 'string') yield value;
    if (keyword === 'patternProperties' && isObject(value)) yield* Object.keys(value);
    yield* patternsIn(value);
  }
}
