const ESCAPE = /\\u+([0-9a-f]{4})/gi;
/** A backslash that stands behind another one escapes nothing. */
const LONE_ESCAPE = /(?<!\\)((?:\\\\)*)\\u+([0-9a-f]{4})/gi;
const MAX_ROUNDS = 3;

const character = (digits: string): string => String.fromCharCode(Number.parseInt(digits, 16));

/**
 * What a database may read in a text: Neo4j up to 5 decodes `\uXXXX` wherever it stands, before it looks for quotes and
 * comments; others do not. @returns the text itself first; undefined if it is escaped over and over
 */
export function readings(text: string): readonly string[] | undefined {
  const found = new Set([text]);
  let last = [text];
  for (let round = 0; round <= MAX_ROUNDS; round++) {
    const decoded = last
      .flatMap((reading) => [
        reading.replace(ESCAPE, (_, digits: string) => character(digits)),
        reading.replace(LONE_ESCAPE, (_, before: string, digits: string) => before + character(digits)),
      ])
      .filter((reading) => !found.has(reading));
    if (decoded.length === 0) return [...found];
    for (const reading of decoded) found.add(reading);
    last = decoded;
  }
  return undefined;
}
