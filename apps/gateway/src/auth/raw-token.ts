import { isUtf8 } from 'node:buffer';
import { type RefusalReason, TokenRefused } from './refusal-reasons.js';

const MAX_BYTES = 8_192;

/** What a header may hold. `x5t` names a certificate and is not looked at; what brings or fetches a key is not here. */
const HEADER_MEMBERS = new Set(['alg', 'typ', 'kid', 'x5t', 'x5t#S256']);

const TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt']);

/** The algorithms that are taken. */
export const ALGORITHMS = ['RS256', 'ES256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

const KEY_ID = /^[!-~]{1,256}$/;

type Members = Readonly<Record<string, unknown>>;

/** A token as it came: well-formed, and believed by nobody yet. */
export interface RawToken {
  readonly text: string;
  readonly algorithm: Algorithm;
  readonly keyId: string;
  readonly claims: Members;
}

/**
 * Reads the text of a token more strictly than a verifier does: one spelling, one meaning of every member, nothing in
 * the header that could choose a key.
 * @throws TokenRefused
 */
export function readToken(text: string): RawToken {
  if (text.length > MAX_BYTES) throw new TokenRefused('token_too_large');
  const parts = text.split('.', 4);
  if (parts.length !== 3) throw new TokenRefused('token_malformed');
  const [head, body, signature] = parts as [string, string, string];
  decode(signature);
  const { algorithm, keyId } = readHeader(membersOf(head));
  return { text, algorithm, keyId, claims: membersOf(body) };
}

function readHeader(header: Members): { algorithm: Algorithm; keyId: string } {
  const { alg, typ, kid } = header;
  const isAlgorithm = (value: unknown): value is Algorithm => ALGORITHMS.includes(value as Algorithm);
  if (!isAlgorithm(alg)) throw new TokenRefused('algorithm_refused');
  ensure(
    Object.keys(header).every((name) => HEADER_MEMBERS.has(name)),
    'header_refused',
  );
  ensure(typ === undefined || (typeof typ === 'string' && TYPES.has(typ.toLowerCase())), 'type_refused');
  if (typeof kid !== 'string' || !KEY_ID.test(kid)) throw new TokenRefused('key_id_refused');
  return { algorithm: alg, keyId: kid };
}

/** The bytes of a part, which has one spelling only. */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  ensure(part !== '' && bytes.toString('base64url') === part, 'token_malformed');
  return bytes;
}

function membersOf(part: string): Members {
  const bytes = decode(part);
  ensure(isUtf8(bytes), 'token_malformed');
  const text = bytes.toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TokenRefused('token_malformed');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TokenRefused('token_malformed');
  ensure(!repeatsMembers(text, value), 'member_repeated');
  return value as Members;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * True when an object in this JSON text, which `value` was parsed from, has two members of one name: one reader takes
 * the first, another the last. Each member has one colon outside strings, so that a lost member is a colon too many.
 */
export function repeatsMembers(text: string, value: object): boolean {
  let colons = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isInString) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) isInString = false;
    } else if (code === QUOTE) isInString = true;
    else if (code === COLON) colons++;
  }
  return colons !== countMembers(value);
}

function countMembers(value: object): number {
  const members = Object.values(value) as unknown[];
  let count = Array.isArray(value) ? 0 : members.length;
  for (const member of members) if (typeof member === 'object' && member !== null) count += countMembers(member);
  return count;
}

function ensure(holds: boolean, otherwise: RefusalReason): void {
  if (!holds) throw new TokenRefused(otherwise);
}
