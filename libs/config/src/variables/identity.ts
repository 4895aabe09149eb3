import { integer, maybe, oneOf, string } from '#schema/schema.js';

/** Who may call. */
export const IDENTITY = {
  AUTH_MODE: oneOf(['none', 'jwt'], {
    default: 'none',
    production: 'jwt',
    aliases: { MCP_AUTH_MODE: {}, MCP_GATEWAY_AUTH_ENABLED: { true: 'jwt', false: 'none' } },
    description: '`jwt` asks every caller for a token of AUTH_ISSUER; `none` serves this machine only.',
  }),
  AUTH_JWKS_URL: maybe(
    string({
      pattern: '^https?://',
      aliases: ['MCP_AUTH_JWKS_URL', 'MCP_GATEWAY_OIDC_JWKS_URL'],
      production: 'https://auth.example.com/.well-known/jwks.json',
      description: 'Where the issuer publishes its keys; https unless it is this machine.',
    }),
  ),
  AUTH_ISSUER: maybe(
    string({
      aliases: ['MCP_AUTH_ISSUER', 'MCP_GATEWAY_OIDC_ISSUER'],
      production: 'https://auth.example.com',
      description: 'Required `iss` of tokens. Several issuers: config/issuers.yaml.',
    }),
  ),
  AUTH_AUDIENCE: maybe(
    string({
      aliases: ['MCP_AUTH_AUDIENCE', 'MCP_GATEWAY_OIDC_AUDIENCE'],
      production: 'ai-platform-tools',
      description: 'Required `aud` of tokens.',
    }),
  ),
  AUTH_REQUIRED_SCOPES: maybe(
    string({
      aliases: ['MCP_AUTH_REQUIRED_SCOPES'],
      description: 'Scopes, separated by spaces or commas, that every call needs beside its own.',
    }),
  ),
  AUTH_TENANT_CLAIM: string({ default: 'tenant', minLength: 1, description: 'Claim that names the tenant.' }),
  AUTH_CLOCK_TOLERANCE_SECONDS: integer({
    default: 30,
    minimum: 0,
    maximum: 300,
    description: 'How far the clocks of issuer and gateway may differ.',
  }),
  ISSUERS_FILE: string({
    default: 'config/issuers.yaml',
    minLength: 1,
    description: 'Further issuers, when the file is there.',
  }),
};
