export interface Finding {
  readonly pattern: string;
  readonly line: number;
  readonly confidence: number;
  readonly message: string;
}

/** A construct that is looked for, line by line. */
interface Pattern {
  readonly name: string;
  readonly kind: 'security' | 'smell';
  readonly matches: RegExp;
  readonly confidence: number;
  readonly message: string;
}

const PATTERNS: readonly Pattern[] = [
  {
    name: 'dynamic-code',
    kind: 'security',
    matches: /\b(?:eval|exec|new Function)\s*\(/,
    confidence: 0.9,
    message: 'runs text as code',
  },
  {
    name: 'shell-command',
    kind: 'security',
    matches: /shell\s*=\s*True|os\.system\(|child_process/,
    confidence: 0.8,
    message: 'hands text to a shell',
  },
  {
    name: 'hard-coded-secret',
    kind: 'security',
    matches: /\b(?:password|secret|api_?key)\s*[:=]\s*["'][^"']+["']/i,
    confidence: 0.7,
    message: 'a secret in the source',
  },
  {
    name: 'swallowed-error',
    kind: 'smell',
    matches: /except\s*:|except Exception\s*:|catch\s*(?:\(\w*\))?\s*\{\s*\}/,
    confidence: 0.6,
    message: 'an error is caught and lost',
  },
  { name: 'left-over', kind: 'smell', matches: /\b(?:TODO|FIXME|XXX)\b/, confidence: 0.4, message: 'unfinished' },
  {
    name: 'printing',
    kind: 'smell',
    matches: /\bprint\(|console\.log\(/,
    confidence: 0.2,
    message: 'output to a terminal',
  },
];

const GUESSES: readonly (readonly [string, RegExp])[] = [
  ['python', /^\s*(?:def|class) \w+.*:\s*$|^\s*from \w+ import/m],
  ['typescript', /\b(?:interface|readonly|as const)\b|: (?:string|number|boolean)\b/],
  ['javascript', /\b(?:const|let|function|=>)/],
];

const languageOf = (code: string, language: string | undefined) =>
  language || (GUESSES.find(([, pattern]) => pattern.test(code))?.[0] ?? 'unknown');

const DECISIONS = /\b(?:if|elif|for|while|case|except|catch|and|or)\b|&&|\|\||\?(?=[^.?:]*:)/g;
const FUNCTIONS = /\bdef \w+|\bfunction\b|=>/g;
const IMPORTS = /^\s*(?:from\s+(\S+)\s+import|import\s+(?:.*?\sfrom\s+)?["']?([\w./@-]+))/gm;

const amount = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

/** Comments and texts hold no decisions. */
const bare = (code: string) => code.replace(/"""[\s\S]*?"""|"[^"\n]*"|'[^'\n]*'|#.*|\/\/.*/g, '');

const complexityOf = (code: string) => {
  const functions = amount(bare(code), FUNCTIONS);
  return { cyclomatic: 1 + amount(bare(code), DECISIONS), functions, lines: code.split('\n').length };
};

const dependenciesOf = (code: string) => ({
  imports: [...new Set([...code.matchAll(IMPORTS)].map(([, from, name]) => (from ?? name)!))].sort(),
});

function qualityOf(code: string) {
  const lines = code.split('\n');
  const comments = lines.filter((line) => /^\s*(?:#|\/\/|\*|"""|\/\*)/.test(line)).length;
  return {
    blank_lines: lines.filter((line) => line.trim() === '').length,
    comment_lines: comments,
    longest_line: Math.max(...lines.map((line) => line.length)),
    deepest_indent: Math.max(...lines.map((line) => /^\s*/.exec(line)![0].length)),
  };
}

function findings(code: string, kinds: readonly Pattern['kind'][]): Finding[] {
  return code
    .split('\n')
    .flatMap((text, i) =>
      PATTERNS.filter(({ kind, matches }) => kinds.includes(kind) && matches.test(text)).map(
        ({ name, confidence, message }) => ({ pattern: name, line: i + 1, confidence, message }),
      ),
    );
}

const PARTS = {
  complexity: complexityOf,
  dependencies: dependenciesOf,
  patterns: (code: string) => findings(code, ['smell']),
  quality: qualityOf,
  security: (code: string) => findings(code, ['security']),
};

/** @param type one of its parts, or `all` */
export function analyze(code: string, language: string | undefined, type: string): object {
  const parts = Object.entries(PARTS).filter(([name]) => type === 'all' || type === name);
  return {
    language: languageOf(code, language),
    ...Object.fromEntries(parts.map(([name, measure]) => [name, measure(code)])),
  };
}

export function audit(code: string, language: string | undefined, threshold: number): object {
  const found = findings(code, ['security', 'smell']).filter(({ confidence }) => confidence >= threshold);
  return { language: languageOf(code, language), findings: found.sort((a, b) => b.confidence - a.confidence) };
}
