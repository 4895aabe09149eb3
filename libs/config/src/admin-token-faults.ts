/** Words of first attempts, which whoever guesses begins with. */
const WORDS = /admin|passw(?:or)?d|letmein|welcome|default|secret|dynamic[-_]?mcp|achilles/i;

/** Keys beside each other, as fingers find them. */
const ROWS = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm', '1234567890'];

/** Characters that go on from the one before them, each way, and more of them than chance brings about. */
const MOST_IN_SEQUENCE = 0.6;

/** The longest block that is looked for as what the whole is made of. */
const LONGEST_BLOCK = 16;

/** What stands in a header: printable, without a space. */
const SENDABLE = /^[!-~]+$/;

/** Why MCP_ADMIN_TOKEN is none to start with; its length, and words of examples, are looked at elsewhere. */
export function adminTokenFaults(token: unknown, isRequired: boolean): string[] {
  if (token === undefined) return isRequired ? ['MCP_ADMIN_TOKEN is required when MCP_REQUIRE_ADMIN_TOKEN=true'] : [];
  if (typeof token !== 'string') return [];
  if (!SENDABLE.test(token)) return ['MCP_ADMIN_TOKEN holds what a header cannot carry'];
  return isGuessable(token) ? ['MCP_ADMIN_TOKEN is one of those that are guessed first'] : [];
}

const isGuessable = (token: string): boolean => WORDS.test(token) || isRepetition(token) || isSequence(token);

/** A few characters again and again; the last time they may be cut short. */
function isRepetition(token: string): boolean {
  for (let length = 1; length <= Math.min(LONGEST_BLOCK, token.length / 2); length++) {
    if (
      token ===
      token
        .slice(0, length)
        .repeat(Math.ceil(token.length / length))
        .slice(0, token.length)
    )
      return true;
  }
  return false;
}

/** `abcdef…`, `9876…`, `aaaa…`, `qwerty…`, for a good part of it. */
function isSequence(token: string): boolean {
  const plain = token.toLowerCase();
  let steps = 0;
  for (let i = 1; i < plain.length; i++) {
    const pair = plain.slice(i - 1, i + 1);
    const step = plain.charCodeAt(i) - plain.charCodeAt(i - 1);
    if (Math.abs(step) <= 1 || ROWS.some((row) => row.includes(pair))) steps++;
  }
  return steps / (plain.length - 1) > MOST_IN_SEQUENCE;
}
