import { anyLine, type Finding } from './signature.js';

const GUARD = /^Your proposed edit has introduced new syntax error|^Your changes have NOT been applied/;
const LINT_NAMES: Readonly<Record<string, string>> = {
  E902: 'IOError',
  F821: 'UndefinedName',
  F822: 'UndefinedExport',
  F831: 'DuplicateArgument',
};

const refusals = anyLine([
  { line: /^No replacement was performed/, type: 'EditRejected', refused: true },
  {
    line: /^(?:Error: )?(?:String to replace|old_string|old_str) (?:was )?not found/i,
    type: 'EditRejected',
    refused: true,
  },
  { line: /^(?:Error: )?File has not been read yet/, type: 'EditRejected', refused: true },
  {
    line: /^(?:error: patch failed|error: \S+: patch does not apply|Hunk #\d+ FAILED)/,
    type: 'EditRejected',
    refused: true,
  },
]);

/** An edit that a linter guard or an exact-match editor refused; what follows shows the file, not the error. */
export function editRejected(lines: readonly string[]): Finding | null {
  if (!lines.some((line) => GUARD.test(line))) return refusals(lines);
  const listed = lines.findIndex((line) => line.startsWith('ERRORS:'));
  const first = listed < 0 ? undefined : lines.slice(listed + 1).find((line) => line.startsWith('- '));
  const match = /^- (?<code>[A-Z]{1,4}\d{1,4}) (?:(?<type>\w*(?:Error|Exception)):)?/.exec(first ?? '');
  if (!first || !match?.groups) return { type: 'EditRejected', text: 'edit rejected by the linter', refused: true };
  const { code, type } = match.groups;
  const name = LINT_NAMES[code!];
  return { type: type ?? (name ? `${code} ${name}` : code!), text: first.slice(2), refused: true };
}
