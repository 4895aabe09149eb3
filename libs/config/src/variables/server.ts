import { boolean, integer, maybe, number, oneOf, string } from '#schema/schema.js';

/** Where the gateway listens, what it takes, how it ends. */
export const SERVER = {
  HOST: string({ default: '127.0.0.1', minLength: 1, description: 'Address to listen on.', production: '0.0.0.0' }),
  PORT: integer({ default: 8080, minimum: 0, maximum: 65_535, description: 'Port to listen on; 0 picks one.' }),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'Least severe log line to write.',
  }),
  WORKERS: integer({
    default: 1,
    minimum: 1,
    maximum: 64,
    description: 'Processes that share the port; more than one needs DATABASE_URL and REDIS_URL.',
  }),
  PUBLIC_URL: maybe(
    string({
      pattern: '^https?://[^/?#]+(/[^?#]*)?$',
      production: 'https://gateway.example.com',
      description:
        'The address that clients know the gateway by, as in its OAuth metadata. Unset: that of the request.',
    }),
  ),
  TRUSTED_PROXIES: maybe(
    string({
      description:
        'Addresses or networks (CIDR), separated by commas, whose X-Forwarded-For, -Proto and -Host are believed.',
    }),
  ),
  CORS_ORIGINS: maybe(
    string({
      description: 'Origins, separated by commas, whose pages may call the gateway. Unset: none.',
    }),
  ),
  TLS_ENABLED: maybe(
    boolean({
      aliases: ['MCP_GATEWAY_TLS_ENABLED'],
      description: 'Whether to speak TLS. Unset: when TLS_CERT_PATH is set.',
    }),
  ),
  TLS_CERT_PATH: maybe(
    string({
      aliases: ['MCP_GATEWAY_TLS_CERT_PATH'],
      description: 'Certificate chain, PEM. Read again when it changes.',
    }),
  ),
  TLS_KEY_PATH: maybe(
    string({
      aliases: ['MCP_GATEWAY_TLS_KEY_PATH'],
      description: 'Private key of TLS_CERT_PATH, PEM. Read again when it changes.',
    }),
  ),
  TLS_MIN_VERSION: oneOf(['TLSv1.2', 'TLSv1.3'], { default: 'TLSv1.3', description: 'Oldest TLS that is spoken.' }),

  MAX_BODY_BYTES: integer({
    default: 1_048_576,
    minimum: 1_024,
    maximum: 67_108_864,
    description: 'Largest request body, but for event batches.',
  }),
  MAX_BATCH_BYTES: integer({
    default: 8_388_608,
    minimum: 1_024,
    maximum: 67_108_864,
    description: 'Largest body of POST /signals/events/batch; `max_payload_bytes` of the handshake.',
  }),
  MAX_EVENT_BYTES: integer({
    default: 262_144,
    minimum: 1_024,
    maximum: 8_388_608,
    description: 'Largest single event, as canonical JSON.',
  }),
  MAX_HEADER_BYTES: integer({
    default: 16_384,
    minimum: 4_096,
    maximum: 131_072,
    description: 'Largest request head: request line and headers together.',
  }),
  MAX_HEADERS: integer({ default: 100, minimum: 16, maximum: 1_000, description: 'Most headers of a request.' }),
  HEADERS_TIMEOUT_SECONDS: number({
    default: 10,
    minimum: 0.1,
    maximum: 300,
    description: 'Longest that a client may take to send the head of a request.',
  }),
  REQUEST_TIMEOUT_SECONDS: number({
    default: 30,
    minimum: 0.1,
    maximum: 600,
    description: 'Longest that a client may take to send a whole request.',
  }),
  MAX_CONNECTIONS: integer({
    default: 10_000,
    minimum: 1,
    maximum: 1_000_000,
    description: 'Most open connections of one process; further ones are closed at once.',
  }),
  SHUTDOWN_DRAIN_SECONDS: number({
    default: 0,
    minimum: 0,
    maximum: 600,
    production: '10',
    description:
      'After SIGTERM: how long /readyz says no while requests are still taken, so that balancers go elsewhere.',
  }),
  SHUTDOWN_TIMEOUT_SECONDS: number({
    default: 20,
    minimum: 0.1,
    maximum: 600,
    description: 'After the drain: how long calls in flight may take before they are cut.',
  }),
};
