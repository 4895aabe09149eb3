import type { FastifyRequest } from 'fastify';
import type { SessionHint } from '#gateway/tools/tool-request.js';

/** Begins the keys of sessions that the gateway names itself; no header can. */
export const OWN_KEYS = { mcpSession: 'mcp:', hour: 'gateway:' } as const;

/** What fits a session's key or a workspace's id and can stand in a header. */
const NAME = /^[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?$/;
const TOKEN = /^ams_[\w-]{1,4096}$/;

/**
 * Which of the caller's sessions a request belongs to, as far as it says: `Achilles-Session` and `Achilles-Workspace`,
 * `Achilles-Session-Token`, or the MCP session that it is part of. What cannot be a name is not one; nothing is looked up.
 * @param mcpSession the uuid inside the MCP session id
 */
export function sessionHintOf(
  { headers }: Pick<FastifyRequest, 'headers'>,
  mcpSession?: string,
): SessionHint | undefined {
  const named = headers['achilles-session'];
  const workspace = headers['achilles-workspace'];
  const token = headers['achilles-session-token'];
  if (named === undefined && workspace === undefined && token === undefined) {
    return mcpSession === undefined ? undefined : { key: OWN_KEYS.mcpSession + mcpSession };
  }
  const key = isName(named) && !isOwn(named) ? named : mcpSession && OWN_KEYS.mcpSession + mcpSession;
  return {
    ...(key !== undefined && { key }),
    ...(isName(workspace) && { workspaceId: workspace }),
    ...(typeof token === 'string' && TOKEN.test(token) && { token }),
  };
}

const isName = (text: string | string[] | undefined): text is string => typeof text === 'string' && NAME.test(text);

const isOwn = (key: string) => Object.values(OWN_KEYS).some((prefix) => key.startsWith(prefix));
