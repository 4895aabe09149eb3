/** What a failure signature found in an output. */
export interface Finding {
  readonly type: string;
  /** The one line that says what is wrong. */
  readonly text: string;
  /** The call itself was refused, as opposed to something going wrong in what it ran. */
  readonly refused?: boolean;
}

/** Looks for one kind of failure in an output's lines (no escape codes, none longer than 2 000 characters). */
export type Signature = (lines: readonly string[]) => Finding | null;

export interface LineSignature {
  readonly line: RegExp;
  /** Named group `type` wins over it, `text` over the whole line. */
  readonly type: string;
  readonly refused?: boolean;
}

/** The first of the rules that any line matches; an earlier rule wins over an earlier line. */
export function anyLine(rules: readonly LineSignature[]): Signature {
  return (lines) => {
    for (const { line: pattern, type, refused } of rules) {
      for (const line of lines) {
        const match = pattern.exec(line);
        if (match)
          return { type: match.groups?.['type'] ?? type, text: (match.groups?.['text'] ?? line).trim(), refused };
      }
    }
    return null;
  };
}

/** Applies a signature to the first and last lines with something in them, where a program says why it stopped. */
export function atEdges(signature: Signature, first: number, last: number): Signature {
  return (lines) => {
    const printed = lines.filter((line) => line.trim() !== '');
    const tail = printed.slice(Math.max(first, printed.length - last));
    return signature([...printed.slice(0, first), ...tail]);
  };
}
