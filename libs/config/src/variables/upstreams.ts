import { integer, maybe, string } from '#schema/schema.js';

/** Other people's MCP servers. */
export const UPSTREAMS = {
  UPSTREAMS_FILE: string({
    default: 'config/upstreams.yaml',
    minLength: 1,
    description:
      'The MCP servers behind this gateway, and the virtual servers made of them. Read again when it changes. It may name further variables, whose names begin with UPSTREAM_.',
  }),
  UPSTREAM_ALLOWED_HOSTS: maybe(
    string({
      description:
        'Hosts, addresses and networks (CIDR), separated by commas, that upstreams added over the admin API may be at although they are not public. What the file names is allowed as written.',
    }),
  ),
  UPSTREAM_MAX_PROCESSES: integer({
    default: 32,
    minimum: 1,
    maximum: 4_096,
    description:
      'Processes of stdio upstreams at once, all together, in each process of the gateway. Whoever comes when there is no room takes the place of the one that has been idle longest, or waits.',
  }),
  BRIGHTDATA_API_TOKEN: maybe(
    string({ minLength: 8, secret: true, description: "Bright Data's API token, for the preset brightdata." }),
  ),
  BRIGHTDATA_API_TOKEN_FILE: maybe(
    string({
      minLength: 1,
      description: 'A file that holds BRIGHTDATA_API_TOKEN instead. Read again when it changes.',
    }),
  ),
  VAULT_KEY: maybe(
    string({
      minLength: 32,
      secret: true,
      description:
        'Encrypts what users let the gateway do at upstreams (auth kind user). Several keys, separated by commas, are a ring: the first encrypts, all decrypt. Needed with DATABASE_URL as soon as an upstream has that kind; with the embedded PostgreSQL a key is kept in DATA_DIR.',
    }),
  ),
};
