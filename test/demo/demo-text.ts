const WIDTH = 110;
const MOST_LINES = 6;

const cut = (text: string) => (text.length > WIDTH ? `${text.slice(0, WIDTH - 1)}…` : text);

export interface Head {
  readonly url: string;
  readonly version: string | undefined;
  readonly tools: readonly string[];
}

export const headText = ({ url, version, tools }: Head): string =>
  `Achilles Gateway at ${url}/mcp, MCP ${version ?? 'of an unknown revision'}, ${tools.length} tools:\n  ${tools.join(', ')}\n`;

export interface Called {
  readonly name: string;
  readonly args: object;
  readonly answer: string;
  readonly isError: boolean;
  readonly ms: number;
}

/** A call and the first lines of its answer, for a terminal. */
export function callText({ name, args, answer, isError, ms }: Called): string {
  const lines = pretty(answer).split('\n');
  const shown = lines.slice(0, MOST_LINES).map((line) => `   ${cut(line)}`);
  if (lines.length > MOST_LINES) shown.push(`   … ${lines.length - MOST_LINES} more lines`);
  const head = `${isError ? '✗' : '✓'} ${name}  ${ms.toFixed(0)} ms`;
  return [head, `   ${cut(JSON.stringify(args))}`, ...shown, ''].join('\n');
}

/** JSON with a member a line; anything else as it is. */
function pretty(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return text;
    return Object.entries(value)
      .map(([name, member]) => `${name}: ${JSON.stringify(member)}`)
      .join('\n');
  } catch {
    return text;
  }
}
