const HIDDEN = '[redacted]';

/**
 * What a secret begins with. A text without any of these is clean and is not looked at again; most of what is recorded
 * is, so this one pass is what redaction usually costs.
 */
const MARKS =
  /[=:~]|%3|-----|eyJ|ams_|A[KS]IA|A(?:RO|ID)A|AIza|ya29|GOCSPX|gh[pousr]_|github_pat|glpat|xox|xapp|[sr]k[-_]|whsec|npm_|hf_|SG\.|bearer|basic|digest/i;

/** Names whose value is a secret, whatever it looks like. */
const SECRET_NAMES =
  'passw(?:or)?d|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|account[-_]?key|private[-_]?key|signature|sig|authorization|credentials?|cookie|session[-_]?id|assertion|auth';

/** A value and what may stand before it. Bounded gaps and one class per run: linear, whatever the text. */
const BY_NAME = new RegExp(
  String.raw`(${SECRET_NAMES})(\\?["']?\s{0,8}(?:=|:|%3[ad])\s{0,8}\\?["']?)(?:(?:bearer|basic|digest)\s{1,8})?[^\s"'&,;\\]+`,
  'gi',
);

// A run is taken as long as it goes on, and no pattern asks for anything after its run: each text is walked once, and a
// token that was cut in the middle is hidden as well as a whole one.
const BY_VALUE: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]{1,40}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/g,
  /\beyJ[\w-]{5,}(?:\.[\w-]*)*/g,
  /\b(?:bearer|basic|digest)(?:\s|%20|\+){1,8}[\w.~+/=-]{6,}/gi,
  /ams_[\w.-]{8,}/g,
  /(?:A[KS]IA|A(?:RO|ID)A)[A-Z0-9]{12,}/g,
  /AIza[\w-]{20,}|ya29\.[\w.-]{10,}|GOCSPX-[\w-]{10,}/g,
  /[\w~.-]{3}8Q~[\w~.-]{20,}/g,
  /gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{12,}/g,
  /xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,}/g,
  /\bsk-[\w-]{12,}|\b[sr]k_(?:live|test)_\w{8,}|whsec_\w{8,}/g,
  /npm_[A-Za-z0-9]{16,}|hf_[A-Za-z0-9]{16,}|SG\.[\w-]{10,}(?:\.[\w-]*)?/g,
];

/** User and password of an address; the scheme and the host may be told. */
const USER_INFO = /:\/\/[^\s/"'<>]*@/g;

/** The text without anything that opens a door: bearer tokens, keys of clouds, PEM blocks, passwords in addresses. */
export function redact(text: string): string {
  if (!MARKS.test(text)) return text;
  let clean = text.replace(USER_INFO, `://${HIDDEN}@`);
  for (const pattern of BY_VALUE) clean = clean.replace(pattern, HIDDEN);
  return clean.replace(BY_NAME, `$1$2${HIDDEN}`);
}

// Beyond the control characters that JSON escapes: what a terminal obeys, and what reorders text.
// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Longer texts are cut: a log line is read by people. */
const MAX_LENGTH = 8_192;

/** A text for a log: cut, without what looks like a secret, and without what a terminal would obey. */
export function redactText(text: string): string {
  const short = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return redact(short).replace(UNPRINTABLE, '?');
}

/** Keys whose values no log line shows, whatever they are; for the logger. */
export const SECRET_KEYS: readonly string[] = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'x-admin-token',
  'admin-token',
  'adminToken',
  'password',
  'passwd',
  'secret',
  'client_secret',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'api_key',
  'apikey',
  'private_key',
  'jwt',
];

const SECRET_KEY = new RegExp(`^(?:${SECRET_KEYS.join('|')})$`);
const SECRET_ENDING =
  /(?:^|[_-])(?:passw(?:or)?d|passphrase|pwd|secret|token|(?:api|access|account|private|secret)[_-]?key|signature|authorization|credentials?|cookie|assertion|auth)$/;

const REMEMBERED_NAMES = 1_000;
const known = new Map<string, boolean>();

/** True for a name whose value is a secret, however it is spelled: `apiKey`, `X-Api-Key`, `client_secret`. */
export function isSecretKey(name: string): boolean {
  let secret = known.get(name);
  if (secret === undefined) {
    const plain = name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase();
    secret = SECRET_KEY.test(plain) || SECRET_ENDING.test(plain);
    // The same few names stand in every call.
    if (known.size < REMEMBERED_NAMES && name.length <= 64) known.set(name, secret);
  }
  return secret;
}
