import type { Credential } from '../../credentials/credentials.js';

/** Shorter ones would be found in everything. */
const SHORTEST = 6;
const TAKEN_OUT = '[removed]';

/** What an upstream is shown, and must not be told on when it repeats it: servers that echo a request are many. */
export class Secrets {
  private readonly spellings: readonly string[];

  constructor({ headers, query }: Pick<Credential, 'headers' | 'query'>) {
    const values = [...Object.values(headers), ...Object.values(query)].flatMap((value) => [
      value,
      value.replace(/^(?:Bearer|Basic|Token|ApiKey) +/i, ''),
    ]);
    const spelled = values.flatMap((value) => [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]);
    // The longest first: a shorter one may be a part of it.
    this.spellings = [...new Set(spelled)]
      .filter(({ length }) => length >= SHORTEST)
      .sort((a, b) => b.length - a.length);
  }

  takenOut(text: string): string {
    let cleaned = text;
    for (const secret of this.spellings) if (cleaned.includes(secret)) cleaned = cleaned.replaceAll(secret, TAKEN_OUT);
    return cleaned;
  }
}
