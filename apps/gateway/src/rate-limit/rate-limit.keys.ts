import { createHash } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

const PLAIN = /^[A-Za-z0-9_.-]{1,128}$/;
const LONGEST_ENCODED = 256;

/**
 * A name as one segment of a key. What an operator types stays readable (`tenant-123`); everything else is encoded, so
 * that no name reaches into another segment, is a pattern to KEYS, or breaks a line for xargs. A name that is long or
 * no well-formed text is hashed; nothing else begins with `~`.
 */
export function segment(name: string): string {
  if (PLAIN.test(name)) return name;
  if (name !== '' && name.length <= LONGEST_ENCODED && name.isWellFormed()) {
    return encodeURIComponent(name).replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  }
  return `~${digest(name)}`;
}

/** An issuer's subject. The length keeps two that are written together from being another two. */
export const subjectKey = (issuer: string, subject: string): string => digest(`${issuer.length}:${issuer}${subject}`);

/** UTF-16, in which also text that is not well-formed keeps its differences. */
const digest = (text: string): string => createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('base64url');

/** A stranger by address. IPv6 by its /64: that is what one customer gets, and each holds 2⁶⁴ addresses. */
export function addressKey(address: string): string {
  if (isIPv4(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(address) ? networkOf(address) : 'unknown';
}

function networkOf(address: string): string {
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // A dotted end stands for two groups.
  const length = before.length + after.length + (address.includes('.') ? 1 : 0);
  const groups = tail === undefined ? before : [...before, ...Array<string>(8 - length).fill('0'), ...after];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join('-')}_64`;
}
