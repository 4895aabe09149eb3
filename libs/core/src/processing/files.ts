const MAX_FILES = 8;
const SOURCE_FILE = /^[^\s:=<>*?"'|]*[\w\]-]\.[a-z]{1,5}$/i;

// Frames in them say where an error surfaced, never whose change made it.
const LIBRARY =
  /(?:site|dist)-packages\/|node_modules\/|\/lib\/python|^node:|^<|\/rustc\/|\/usr\/(?:lib|local\/go|include)\//;

interface FramePattern {
  readonly pattern: RegExp;
  /** Where the innermost frame stands: the one that raised the error. */
  readonly innermost: 'first' | 'last';
}

const FRAMES: readonly FramePattern[] = [
  { pattern: /^[ \t]{0,80}File "([^"\n]{1,300})", line \d/gm, innermost: 'last' },
  { pattern: /^[ \t]{1,80}at (?:[^\n(]{0,200}\()?(?:file:\/\/)?([^\s():]{1,300}):\d+:\d+\)?$/gm, innermost: 'first' },
  { pattern: /^[ \t]{0,80}--> ([^\s:]{1,300}):\d+:\d+/gm, innermost: 'first' },
  { pattern: /panicked at ([^\s:,]{1,300}):\d+/g, innermost: 'first' },
  { pattern: /^(?:FAILED |ERROR )?([^\s:()"'=]{1,300}\.[a-z]{1,5})(?::\d|\(\d|::)/gm, innermost: 'first' },
  { pattern: /^(?:FAIL|ok|not ok) +([^\s:()"'=]{1,300}\.[a-z]{1,5})$/gm, innermost: 'first' },
  { pattern: /^[ \t]{1,80}([^\s:()"'=]{1,300}\.go):\d+/gm, innermost: 'first' },
];

/** Files that an error text points at, the one that raised it first; libraries are left out. */
export function filesInError(text: string): string[] {
  const files = new Set<string>();
  for (const { pattern, innermost } of FRAMES) {
    const found = [...text.matchAll(pattern)].map((match) => match[1]!);
    if (innermost === 'last') found.reverse();
    for (const file of found) if (!LIBRARY.test(file)) files.add(file);
  }
  return [...files].slice(0, MAX_FILES);
}

/** The words of a command that look like files: `decrypt.py`, `tests/test_a.py::test_b`, `src/`. */
export function namedFiles(words: readonly string[]): string[] {
  return words
    .map((word) => word.split('::', 1)[0]!)
    .filter((word) => !word.startsWith('-') && (SOURCE_FILE.test(word) || /^[\w./-]*\w\/[\w./-]*$/.test(word)))
    .slice(0, MAX_FILES);
}

/** Whether two paths can mean one file: equal, or one is the end of the other, as with a relative and an absolute path. */
export function sameFile(one: string, other: string): boolean {
  const [a, b] = [plainPath(one), plainPath(other)];
  if (a === '' || b === '') return false;
  return a === b || a.endsWith(`/${b}`) || b.endsWith(`/${a}`);
}

const plainPath = (path: string) => path.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');

/** Whether any of the one is any of the other. */
export const shareFile = (some: readonly string[], others: readonly string[]) =>
  some.some((file) => others.some((other) => sameFile(file, other)));
