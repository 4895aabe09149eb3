/** A text that cannot be judged: too large, or no Cypher. The message says where and why, without a full stop. */
export class UnreadableCypher extends Error {}

/** Where a token stands, as an editor counts: both from one. */
export const at = ({ line, column }: { readonly line: number; readonly column: number }): string =>
  `line ${line}, column ${column + 1}`;

const LONGEST_QUOTE = 40;

/** A piece of the query for a message, cut to 40 characters. */
export const quoted = (text: string): string =>
  text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE - 1)}…` : text;
