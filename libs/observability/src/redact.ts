/** Names under which secrets travel, whatever stands before or behind them. */
const SECRET_NAMES =
  'authorization|proxy-authorization|cookie|set-cookie|x-api-key|password|passwd|secret|client_secret|token|access_token|refresh_token|id_token|api_key|apikey|private_key|jwt';

/** What a secret looks like, wherever it stands. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[redacted]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 [redacted]'],
  [/\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)*/g, '[redacted]'],
  [/\bams_[\w-]{8,}/g, '[redacted]'],
  [/\b(?:A[KS]IA[A-Z0-9]{16}|gh[pousr]_\w{20,}|sk-[\w-]{16,}|xox[abps]-[\w-]{10,}|AIza[\w-]{30,})/g, '[redacted]'],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1[redacted]@'],
  [
    new RegExp(
      String.raw`(["']?\b[\w-]*(?:${SECRET_NAMES})["']?\s*[=:]\s*)(?!\[redacted\]|Bearer|Basic)("[^"]*"|'[^']*'|[^\s,;&"'}]+)`,
      'gi',
    ),
    '$1[redacted]',
  ],
];

// Beyond the control characters that JSON escapes: what a terminal obeys, and what reorders text.
// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Longer texts are cut: a log line is read by people. */
const MAX_LENGTH = 8_192;

/** The text without what looks like a secret, and without what a terminal would obey. */
export function redactText(text: string): string {
  let safe = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  for (const [pattern, instead] of SECRETS) safe = safe.replace(pattern, instead);
  return safe.replace(UNPRINTABLE, '?');
}

/** Keys whose values no log line shows, whatever they are; for the logger. */
export const SECRET_KEYS: readonly string[] = SECRET_NAMES.split('|');
