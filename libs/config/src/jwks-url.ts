import { isIP } from 'node:net';

/** True for names and addresses of this machine. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** What is wrong with the address of an issuer's keys: whoever can change them on the way can be anybody. */
export function jwksUrlFault(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url) return 'is not a URL';
  if (url.username !== '' || url.password !== '') return 'must not carry a user or a password';
  if (url.protocol === 'https:') return undefined;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return url.protocol === 'http:' && isLoopback(host) ? undefined : 'must be https, unless it is this machine';
}
