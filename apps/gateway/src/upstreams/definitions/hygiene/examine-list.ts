import { isObject, type JsonObject, type ToolDefinition } from '#gateway/tools/tool.js';
import { cleanText } from '#gateway/tools/stages/clean-text.js';
import type { Judged, Withheld } from '../judged.js';
import { member } from '#gateway/tools/hygiene/json.js';
import { type PatternBudget, PATTERN_BUDGET_MS } from './patterns.js';
import { LONGEST_NAME, whyOtherExcluded, whyToolExcluded } from './why-excluded.js';

export const MOST_TOOLS = 2_000;
/** Files are more than tools are. */
const MOST_RESOURCES = 10_000;

const TOO_MANY = (most: number) => `more than ${most} are listed`;
const TWICE = 'its name is there already';

/** Verdicts on objects: a list that has not changed holds the same ones. */
const ofTools = new WeakMap<object, string | undefined>();
const ofOthers = new WeakMap<object, string | undefined>();

/** The tools of a list that can be offered at all, and why the others cannot. */
export function examineTools(listed: readonly ToolDefinition[]): Judged<ToolDefinition> {
  const budget: PatternBudget = { leftMs: PATTERN_BUDGET_MS };
  return examine(listed, MOST_TOOLS, (tool) => remembered(ofTools, tool, () => whyToolExcluded(tool, budget)));
}

/** Likewise for prompts, resources and templates, which are told apart by name or by address. */
export function examineOthers<T extends JsonObject>(listed: readonly T[]): Judged<T> {
  const most = isObject(listed[0]) && Object.hasOwn(listed[0], 'uri') ? MOST_RESOURCES : MOST_TOOLS;
  return examine(listed, most, (other) => remembered(ofOthers, other, () => whyOtherExcluded(other)));
}

function examine<T extends JsonObject>(
  listed: readonly T[],
  most: number,
  why: (each: T) => string | undefined,
): Judged<T> {
  const seen = new Set<unknown>();
  const offered: T[] = [];
  const withheld: Withheld[] = [];
  for (const [i, each] of listed.entries()) {
    const key = keyOf(each);
    const reason = i >= most ? TOO_MANY(most) : seen.has(key) ? TWICE : why(each);
    if (key !== undefined) seen.add(key);
    if (reason === undefined) offered.push(each);
    else withheld.push({ name: shownName(each), state: 'excluded', reason });
  }
  return { offered, withheld };
}

function remembered(known: WeakMap<object, string | undefined>, each: unknown, look: () => string | undefined) {
  if (typeof each !== 'object' || each === null) return look();
  if (known.has(each)) return known.get(each);
  const reason = look();
  known.set(each, reason);
  return reason;
}

const keyOf = (each: unknown): unknown =>
  isObject(each) ? (member(each, 'uri') ?? member(each, 'uriTemplate') ?? member(each, 'name')) : undefined;

function shownName(each: unknown): string {
  const key = keyOf(each);
  return typeof key === 'string' ? cleanText(key.slice(0, LONGEST_NAME)) : '?';
}
