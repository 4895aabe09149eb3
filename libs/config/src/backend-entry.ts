import { readFileSync } from 'node:fs';
import { isBackendVariable, type Variables } from './backend-variables.js';
import type { Backend, BackendEntry } from './tools-file.js';

/** Goes into a header as it is: RFC 6750's `b64token`, which every kind of token in use is. */
const TOKEN = /^[\w.~+/-]{8,8192}=*$/;

/** The token in a file's text, which may end with a line break; undefined when there is none. */
export function tokenIn(text: string): string | undefined {
  const token = text.trim();
  return TOKEN.test(token) ? token : undefined;
}

/** What is wrong with a backend, each fault with the member's name before it. */
export function backendFaults(entry: BackendEntry, variable: Variables): string[] {
  return [...urlFaults(entry, variable), ...tokenFaults(entry, variable)];
}

/** @param entry without faults */
export function resolveBackend(name: string, entry: BackendEntry, variable: Variables): Backend {
  const token = entry.token_env && variable(entry.token_env);
  const tokenFile = fileOf(entry, variable);
  return {
    name,
    url: urlOf(entry, variable)!,
    ...(token !== undefined && { token }),
    ...(tokenFile !== undefined && { tokenFile }),
    ...(entry.connections !== undefined && { connections: entry.connections }),
  };
}

const urlOf = ({ url, url_env }: BackendEntry, variable: Variables) => url ?? variable(url_env!);

/** `X_FILE` may stand for `X`, as it does in container images. */
const fileOf = ({ token_env, token_file }: BackendEntry, variable: Variables) =>
  token_file ?? (token_env && variable(`${token_env}_FILE`));

function urlFaults(entry: BackendEntry, variable: Variables): string[] {
  const { url, url_env } = entry;
  if ((url === undefined) === (url_env === undefined)) return ['url or url_env is required, one of them'];
  if (url_env === undefined) return addressFaults('url', url!);
  if (!isBackendVariable(url_env)) return [`url_env ${NOT_OPEN}`];
  const value = variable(url_env);
  if (value === undefined) return [`url_env names ${url_env}, which is not set`];
  return addressFaults(`url_env ${url_env}`, value);
}

const NOT_OPEN = 'must be a variable of a platform backend, or one whose name begins with BACKEND_';

function addressFaults(member: string, text: string): string[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) return [`${member} must be an http or https address`];
  if (url.username !== '' || url.password !== '') return [`${member} must not hold a user or a password`];
  if (/[?#]/.test(text)) return [`${member} must not have a query or a fragment`];
  return [];
}

function tokenFaults(entry: BackendEntry, variable: Variables): string[] {
  const { token_env, token_file } = entry;
  if (token_env !== undefined && token_file !== undefined) return ['token_env and token_file exclude each other'];
  if (token_env !== undefined && !isBackendVariable(token_env)) return [`token_env ${NOT_OPEN}`];
  const token = token_env && variable(token_env);
  const file = fileOf(entry, variable);
  if (token !== undefined && file !== undefined) return [`token_env: ${token_env} and ${token_env}_FILE are both set`];
  if (token !== undefined && tokenIn(token) === undefined) return [`token_env: ${token_env} holds no bearer token`];
  if (file === undefined) return [];
  const member = token_file === undefined ? `token_env: ${token_env}_FILE` : 'token_file';
  try {
    return tokenIn(readFileSync(file, 'utf8')) === undefined ? [`${member} names ${file}, which holds no token`] : [];
  } catch {
    return [`${member} names ${file}, which cannot be read`];
  }
}
