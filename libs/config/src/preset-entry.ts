/** What an operator wrote beside `preset`, or what a preset makes of it. */
export type PresetEntry = Readonly<Record<string, unknown>>;

/** The members that are the preset's own, and the others. */
export function takeOut(own: PresetEntry, names: readonly string[]): { taken: PresetEntry; rest: PresetEntry } {
  const entries = Object.entries(own);
  return {
    taken: Object.fromEntries(entries.filter(([name]) => names.includes(name))),
    rest: Object.fromEntries(entries.filter(([name]) => !names.includes(name))),
  };
}

interface ProgramParts {
  /** Arguments after those of the program. */
  readonly more?: readonly string[];
  /** What the preset says of it, unless the operator does. */
  readonly terms?: PresetEntry;
}

/** An entry that runs a package, fetched by npx, or the program that the operator names in its place. */
export function npx(program: string, own: PresetEntry, { more = [], terms = {} }: ProgramParts = {}): PresetEntry {
  const { taken, rest } = takeOut(own, ['command', 'args', 'kind']);
  const { command, args } = taken;
  if ('kind' in taken) throw new Error('kind is the preset’s');
  if (command === undefined && args !== undefined) throw new Error('args goes with command');
  if (args !== undefined && !isTexts(args)) throw new Error('args must be a list of texts');
  return {
    kind: 'stdio',
    ...terms,
    ...rest,
    command: command ?? 'npx',
    args: [...(command === undefined ? ['-y', program] : (args ?? [])), ...more],
  };
}

/** The entry with variables of its environment; those that the operator wrote there count. */
export function environment(own: PresetEntry, variables: Readonly<Record<string, string | undefined>>): PresetEntry {
  const env = own['env'] ?? {};
  if (typeof env !== 'object' || env === null) throw new Error('env must be object');
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined));
  return { ...own, env: { ...set, ...env } };
}

/** @throws when it is no text, or an empty one */
export function line(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '' || value.includes('\n')) throw new Error(`${name} must be a text`);
  return value;
}

export function flag(name: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean') throw new Error(`${name} must be true or false`);
  return value === true;
}

/** @throws when it is no list of names, or one of them could not stand between commas */
export function names(name: string, value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!isTexts(value) || value.some((text) => !/^[\w-]{1,64}$/.test(text))) {
    throw new Error(`${name} must be a list of names`);
  }
  return value;
}

export function folders(name: string, value: unknown): readonly string[] {
  if (!isTexts(value) || value.length === 0 || value.some((folder) => !folder.startsWith('/'))) {
    throw new Error(`${name} must be a list of folders, each from / on`);
  }
  return value;
}

export const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((text) => typeof text === 'string' && text !== '');
