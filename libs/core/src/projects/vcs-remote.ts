import { domainToASCII } from 'node:url';

/** A remote repository, spelled one way: host and path, without scheme, user, password, `.git` and slashes around. */
export interface VcsRemote {
  /** `host/owner/repository`, or the folder's path for a local remote. */
  readonly identity: string;
  /** The last two parts of the path. */
  readonly name: string;
}

/** Of the schemes whose default ports `URL` does not know. */
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'git:': '9418', 'git+https:': '443' };
/**
 * `user@host:path`, git's own short form of ssh. A drive letter (`C:\…`) is not one, nor is a scheme that lost its
 * slashes: what follows there is not a path but a user and a password.
 */
const SCP_LIKE = /^(?!(?:[a-z]|https?|ssh|git\+\w+|file):)(?:[^/\s]+@)?(\[[^\]\s]+\]|[^:/\s@[]+):(?!\/\/)(\S+)$/i;
const LOCAL = /^(\/(?!\/)|\.{1,2}\/|[A-Za-z]:[\\/])\S/;

/**
 * Reads a git remote in any of its spellings; `git@h:o/r.git`, `https://h/o/r` and `ssh://git@h/o/r.git` give one
 * identity. Credentials are dropped. Undefined for text that is no remote.
 */
export function parseVcsRemote(text: string): VcsRemote | undefined {
  const remote = text.trim();
  const scp = SCP_LIKE.exec(remote);
  if (scp) return of(hostOf(scp[1]!), scp[2]!);
  if (LOCAL.test(remote)) return of('', remote.replaceAll('\\', '/'));
  if (!URL.canParse(remote)) return undefined;
  const url = new URL(remote);
  const path = decoded(url.pathname);
  if (url.protocol === 'file:') return of('', path.replace(/^\/(?=[A-Za-z]:\/)/, ''));
  if (!/^(https?|ssh|git|git\+ssh|git\+https):$/.test(url.protocol) || url.hostname === '') return undefined;
  // The port of ssh is how one gets in, not which repository it is; another http port is another server.
  const port = url.protocol.endsWith('ssh:') || url.port === DEFAULT_PORTS[url.protocol] ? '' : url.port;
  return of(hostOf(decoded(url.hostname)) + (port && `:${port}`), path);
}

function of(host: string, rawPath: string): VcsRemote | undefined {
  const path = rawPath
    .replace(/\/{2,}/g, '/')
    .replace(host ? /^\// : '', '')
    .replace(/\/$/, '')
    .replace(/\/?\.git$/, '');
  // Control characters are in no name; PostgreSQL refuses U+0000.
  if (path === '' || /\p{Cc}/u.test(path)) return undefined;
  return { identity: host ? `${host}/${path}` : path, name: path.split('/').filter(Boolean).slice(-2).join('/') };
}

/** In lower case, and a name in any script as DNS writes it. */
const hostOf = (host: string): string => domainToASCII(host) || host.toLowerCase();

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that encodes nothing
  }
}
