const MOST_MEMBERS = 40;
const LONGEST_NAME = 80;
const LONGEST_SAMPLE = 300;
const SAMPLES = 2;

type Json = Readonly<Record<string, unknown>>;

/** What a value is, for a reader who decides what of it to ask for: types, sizes, names of members, first items. */
export function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return ofList(value).join('\n');
  if (typeof value !== 'object' || value === null) return `JSON, ${kindOf(value)}`;
  const members = Object.entries(value);
  const lines = members.slice(0, MOST_MEMBERS).map(([name, below]) => `- ${shortened(name)}: ${kindOf(below)}`);
  const more = members.length > MOST_MEMBERS ? [`- and ${members.length - MOST_MEMBERS} more`] : [];
  const largest = members.reduce<unknown[]>(
    (list, [, below]) => (sizeOf(below) > list.length ? (below as unknown[]) : list),
    [],
  );
  const samples = largest.length > 0 ? ['First of the longest list:', ...samplesOf(largest)] : [];
  return [`JSON, an object with ${count(members.length, 'member')}:`, ...lines, ...more, ...samples].join('\n');
}

/** Nothing was selected. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function ofList(list: readonly unknown[]): string[] {
  return [`JSON, ${kindOf(list)}. First:`, ...samplesOf(list)];
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return `text of ${value.length} characters`;
  if (typeof value !== 'object') return typeof value;
  if (!Array.isArray(value)) return `object (${namesOf(value)})`;
  const [first] = value as unknown[];
  const of =
    typeof first === 'object' && first !== null && !Array.isArray(first) ? `, each with ${namesOf(first)}` : '';
  return `list of ${value.length}${of}`;
}

function namesOf(value: object): string {
  const names = Object.keys(value);
  const shown = names.slice(0, 20).map(shortened).join(', ');
  return names.length > 20 ? `${shown}, and ${names.length - 20} more` : shown || 'nothing';
}

const sizeOf = (value: unknown) => (Array.isArray(value) ? value.length : 0);

const samplesOf = (list: readonly unknown[]) =>
  list.slice(0, SAMPLES).map((item) => {
    const text = JSON.stringify(sampled(item, 3)) ?? 'null';
    return text.length > LONGEST_SAMPLE ? `${text.slice(0, LONGEST_SAMPLE).toWellFormed()}…` : text;
  });

/** A small piece of it: the item may be as large as the whole. */
function sampled(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.slice(0, LONGEST_SAMPLE);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return Array.isArray(value) ? ['…'] : '…';
  if (Array.isArray(value)) return value.slice(0, 5).map((item) => sampled(item, depth - 1));
  const members = Object.entries(value as Json).slice(0, 20);
  return Object.fromEntries(members.map(([name, below]) => [shortened(name), sampled(below, depth - 1)]));
}

const shortened = (name: string) => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name);
const count = (many: number, of: string) => `${many} ${of}${many === 1 ? '' : 's'}`;
