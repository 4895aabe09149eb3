import type { FastifyRequest } from 'fastify';
import { API_BASE } from '#gateway/http/base-path.js';

/** Where the metadata begins, RFC 9728. */
export const WELL_KNOWN = '.well-known/oauth-protected-resource';

/** The parts of the gateway that are resources of their own: what clients know each by is its path. */
export const RESOURCES = ['mcp', API_BASE] as const;

/** Addresses of MCP below `/mcp`, each a resource of its own, whether or not there is one of that name. */
const MOUNT = /^mcp\/[uv]\/[a-z][a-z0-9-]{0,31}(?=[/?]|$)/;

/** The resource that a path, without its first slash, belongs to. */
export function resourceOf(path: string): string | undefined {
  const [mount] = MOUNT.exec(path) ?? [];
  return mount ?? RESOURCES.find((name) => path.startsWith(name) && /^(?:[/?]|$)/.test(path.slice(name.length)));
}

/** What may stand in a header and a document for the address of this gateway. */
const HOST = /^(?:[\w-]+(?:\.[\w-]+)*\.?|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/** The address that clients reach this gateway by: as the operator says, else as this request came. */
export function originOf(request: FastifyRequest, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '');
  const { host, protocol } = request;
  return `${protocol === 'https' ? 'https' : 'http'}://${HOST.test(host) ? host : 'localhost'}`;
}

/** Where the metadata of what a request asks for is. Works behind an ingress that strips PUBLIC_URL's path, too. */
export function metadataUrlOf(request: FastifyRequest, publicUrl: string | undefined): string {
  const resource = resourceOf(request.url.slice(1));
  return `${originOf(request, publicUrl)}/${WELL_KNOWN}${resource === undefined ? '' : `/${resource}`}`;
}
