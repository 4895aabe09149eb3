const HIDDEN = '[redacted]';

/** Shorter values stand in every other text by chance. */
const SHORTEST = 6;

/** What must not be seen again of what a process was shown: not in its log, not in what it says. */
export class SecretValues {
  private readonly values: readonly string[];
  private readonly inJson: readonly string[];

  constructor(secrets: Iterable<string>) {
    const all = new Set<string>();
    for (const secret of secrets) {
      // A key of several lines is printed line by line.
      for (const text of [secret, ...secret.split('\n')]) {
        const plain = text.trim();
        if (plain.length < SHORTEST) continue;
        all.add(plain);
        all.add(encodeURIComponent(plain.toWellFormed()));
        all.add(Buffer.from(plain).toString('base64'));
      }
    }
    // The longest first: one may be a part of another.
    this.values = [...all].sort((a, b) => b.length - a.length);
    this.inJson = [...new Set(this.values.map((value) => JSON.stringify(value).slice(1, -1)))];
  }

  /** Hides them in a text for people. @param isCut its end is not the end of what was said: a piece may stand there */
  hide(text: string, isCut = false): string {
    const clean = replaceAll(text, this.values);
    return isCut ? this.withoutPiece(clean) : clean;
  }

  /** Hides them in a JSON text, which stays one. */
  hideInJson(json: string): string {
    return replaceAll(json, this.inJson);
  }

  private withoutPiece(text: string): string {
    let longest = 0;
    for (const value of this.values) {
      for (let length = Math.min(value.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(value.slice(0, length))) longest = length;
      }
    }
    return longest < 3 ? text : text.slice(0, -longest) + HIDDEN;
  }
}

function replaceAll(text: string, values: readonly string[]): string {
  let clean = text;
  for (const value of values) if (clean.includes(value)) clean = clean.replaceAll(value, HIDDEN);
  return clean;
}
