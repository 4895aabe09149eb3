import { readFile } from 'node:fs/promises';
import { ExpectedFailure } from '../expected-failure.js';
import { objectOf } from '../formats/untrusted-json.js';
import type { Entry } from './upstreams-client.js';

/** What an entry is made of on the command line. */
export interface EntryOptions {
  readonly kind?: string;
  readonly preset?: string;
  readonly document?: string;
  readonly bearerEnv?: string;
  readonly description?: string;
  readonly tier?: string;
  readonly required?: boolean;
  readonly file?: string;
}

/**
 * The entry that the options say, over that of `--file`. The gateway judges it.
 * @throws ExpectedFailure where there is nothing to judge
 */
export async function givenEntry(address: string | undefined, options: EntryOptions): Promise<Entry> {
  const { file, kind, preset, document, bearerEnv, description, tier, required } = options;
  const written = file === undefined ? {} : await readEntry(file);
  const entry: Entry = {
    ...written,
    ...(preset !== undefined && { preset }),
    ...(kind !== undefined && { kind }),
    ...(address !== undefined && { url: address }),
    ...(document !== undefined && { document }),
    ...(bearerEnv !== undefined && { auth: { kind: 'bearer', value_env: bearerEnv } }),
    ...(description !== undefined && { description }),
    ...(tier !== undefined && { tier }),
    ...(required === true && { required }),
  };
  if (Object.keys(entry).length === 0) throw new ExpectedFailure('Say where it is: an address, --preset or --file.');
  if ('kind' in entry || 'preset' in entry) return entry;
  return { kind: document === undefined ? 'http' : 'openapi', ...entry };
}

async function readEntry(file: string): Promise<Entry> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ExpectedFailure(`${file} cannot be read (${error.code ?? error.message}).`, error);
  });
  // Loaded where it is needed: most commands read no YAML.
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    const [line] = (error as Error).message.split('\n');
    throw new ExpectedFailure(`${file} is neither YAML nor JSON: ${line}`, error);
  }
  const entry = objectOf(value);
  if (!entry) throw new ExpectedFailure(`${file} must hold one entry, as in config/upstreams.yaml.`);
  return entry;
}
