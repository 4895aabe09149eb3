import type { ToolDefinition } from '#gateway/tools/tool.js';
import { givesInstructions } from './changes/wording.js';

/** What a person should look at twice before approving. */
export const DEFINITION_FLAGS = ['mentions_other_tool', 'instructs_model'] as const;
export type DefinitionFlag = (typeof DEFINITION_FLAGS)[number];

export interface Flagged {
  readonly flags: readonly DefinitionFlag[];
  /** Tools of others that it names. */
  readonly mentions: readonly string[];
}

const WORDS = /[A-Za-z][\w./-]{2,127}/g;
/** A name that is no word of a sentence. */
const DISTINCTIVE = /[_/\d]|[a-z][A-Z]|\w[.-]\w/;
/** Before a name that is also a word: somebody is told to do something with it. */
const STEERING =
  /(?:\b(?:use|using|call|calling|invoke|run|than|instead of|before|after|via|replaces?)\s+(?:the\s+)?|["'`])$/i;
const SOME_OTHER = /\b(?:any|all|every|other|another)\s+(?:other\s+)?(?:tools?|mcp|servers?)\b/i;
const MOST_MENTIONS = 20;

/**
 * Whether a definition speaks of tools that are not its upstream's own, or to the model. Both are how one server steers
 * calls away from another, and both happen in good faith too: it is told, nothing is left out for it.
 * @param others names of tools of other sources
 */
export function flagsOf(definition: ToolDefinition, others: ReadonlySet<string>, own: ReadonlySet<string>): Flagged {
  const { name: _name, ...rest } = definition;
  const text = textsIn(rest).join('\n');
  const mentions = new Set<string>();
  for (const { 0: match, index } of text.matchAll(WORDS)) {
    const word = match.replace(/[./-]+$/, '');
    if (!others.has(word) || own.has(word) || mentions.size >= MOST_MENTIONS) continue;
    if (DISTINCTIVE.test(word) || STEERING.test(text.slice(Math.max(0, index - 24), index))) mentions.add(word);
  }
  const flags: DefinitionFlag[] = [];
  if (mentions.size > 0 || SOME_OTHER.test(text)) flags.push('mentions_other_tool');
  if (givesInstructions(text)) flags.push('instructs_model');
  return { flags, mentions: [...mentions].sort() };
}

/** Every text in a value, but for the names of members. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
