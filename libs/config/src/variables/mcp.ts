import { boolean, integer, maybe, string } from '#schema/schema.js';

/** The MCP endpoint. */
export const MCP = {
  SESSION_KEY: maybe(
    string({
      minLength: 32,
      secret: true,
      production: 'CHANGE_ME',
      description:
        'Seals MCP session ids, request states, and in Redis the ids of sessions with upstreams, so that every replica can read them. Several keys, separated by commas, are a ring: the first seals, all open. Needed with REDIS_URL; unset, a key of this process.',
    }),
  ),
  MCP_SESSION_TTL_SECONDS: integer({
    default: 86_400,
    minimum: 60,
    maximum: 604_800,
    description: 'Longest life of an MCP session of the revisions before 2026-07-28.',
  }),
  MCP_SESSION_IDLE_SECONDS: integer({
    default: 1_800,
    minimum: 10,
    maximum: 86_400,
    description: 'How long an MCP session may be idle before what is kept for it is forgotten.',
  }),
  MCP_TOOL_SEARCH: boolean({
    default: false,
    description:
      'Whether /mcp lists tools to search with, instead of every tool. Single upstreams and virtual servers have `search: true` of their own.',
  }),
};
