import type { SearchIndex, Wanted } from './search-index.js';
import { setTimeout as wait } from 'node:timers/promises';

const sentences = (text: string) => text.match(/[^.!?]+[.!?]*/g)?.map((sentence) => sentence.trim()) ?? [];

const COMMON = new Set('the a an and or of to in is are it that this with for on by be as at from not'.split(' '));

function keywords(text: string, most: number): string[] {
  const counts = new Map<string, number>();
  for (const word of text.toLowerCase().match(/\p{L}{3,}/gu) ?? []) {
    if (!COMMON.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, most)
    .map(([word]) => word);
}

type Input = Readonly<Record<string, unknown>>;
const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value ?? ''));

const FUNCTIONS: Readonly<Record<string, (input: Input) => unknown>> = {
  summarize: ({ text }) => sentences(textOf(text)).slice(0, 2).join(' '),
  'extract-keywords': ({ text }) => keywords(textOf(text), 5),
  compare: ({ a, b }) => {
    const [left, right] = [keywords(textOf(a), 50), keywords(textOf(b), 50)];
    return {
      common: left.filter((word) => right.includes(word)),
      only_a: left.filter((word) => !right.includes(word)),
      only_b: right.filter((word) => !left.includes(word)),
    };
  },
  echo: (input) => input,
};

/** Undefined: there is no such function. */
export function runFunction(name: string, input: Input): object | undefined {
  const run = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  return run && { function_name: name, output: run(input) };
}

const PROTOCOLS: Readonly<Record<string, readonly string[]>> = {
  DEBATE: ['proponent', 'opponent', 'proponent', 'opponent', 'judge'],
  REVIEW_PANEL: ['author', 'security reviewer', 'performance reviewer', 'chair'],
  BRAINSTORM: ['explorer', 'explorer', 'critic'],
};

/** What is said is made of what the corpus knows of the topic. Undefined: there is no such protocol. */
export function discuss(index: SearchIndex, protocol: string, topic: string, context: string): object | undefined {
  const roles = Object.hasOwn(PROTOCOLS, protocol) ? PROTOCOLS[protocol] : undefined;
  if (!roles) return undefined;
  const known = find(index, `${topic} ${context}`, roles.length, 'textbooks');
  const turns = roles.map((role, i) => ({ role, says: sentences(known[i]?.text ?? topic)[0] }));
  return { protocol_id: protocol, turns, conclusion: `On ${topic}: ${turns.at(-1)!.says}` };
}

const find = (index: SearchIndex, query: string, topK: number, collection: Wanted['collection'] = 'all') =>
  index.search({ query, collection, topK, threshold: 0, weights: { semantic: 0.7, keyword: 0.3 } }).results;

/** What a long call says while it runs. */
export interface Progress {
  readonly progress: number;
  readonly total: number;
  readonly message: string;
}

/** Each step looks something up, for a word of the task. It ends with the words, or with the last step allowed. */
export async function execute(
  index: SearchIndex,
  { task, mostSteps, stepMs }: { readonly task: string; readonly mostSteps: number; readonly stepMs: number },
  tell: (progress: Progress) => void,
): Promise<object> {
  const plan = keywords(task, 50);
  const steps: { action: string; found: string | null }[] = [];
  for (const word of plan.slice(0, mostSteps)) {
    if (stepMs > 0) await wait(stepMs);
    const [best] = find(index, word, 1);
    steps.push({ action: `search ${word}`, found: best?.title ?? null });
    tell({ progress: steps.length, total: Math.min(plan.length, mostSteps), message: `search ${word}` });
  }
  return {
    steps,
    finished: steps.length === plan.length,
    result: `Looked up ${steps.length} of ${plan.length} words.`,
  };
}
