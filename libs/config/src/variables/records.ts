import { integer, maybe, number, oneOf, string } from '#schema/schema.js';

/** What is kept of every call. */
export const RECORDS = {
  AUDIT_FILE: string({
    default: 'logs/audit.jsonl',
    minLength: 1,
    aliases: ['MCP_AUDIT_FILE', 'MCP_GATEWAY_AUDIT_LOG_PATH'],
    description: 'The audit log, JSON Lines; older files stand beside it.',
  }),
  AUDIT_HMAC_KEY: maybe(
    string({
      minLength: 32,
      secret: true,
      production: 'CHANGE_ME',
      description: 'Key of the audit chain, required by AUTH_MODE=jwt. Otherwise made once and kept under DATA_DIR.',
    }),
  ),
  AUDIT_MAX_FILE_BYTES: integer({
    default: 104_857_600,
    minimum: 4_096,
    maximum: 10_737_418_240,
    description: 'Size at which the audit log goes on in a new file.',
  }),
  AUDIT_MAX_FILES: integer({
    default: 20,
    minimum: 2,
    maximum: 10_000,
    description: 'Audit files that are kept, the current one among them.',
  }),
  AUDIT_FAIL_MODE: oneOf(['open', 'closed'], {
    default: 'open',
    description:
      'While the audit log cannot be written: `open` counts what is missing, `closed` answers 503 to changes.',
  }),
  AUDIT_SERVICE_URL: maybe(
    string({ pattern: '^https?://', description: 'Where audit records are forwarded to, in batches of JSON Lines.' }),
  ),
  AUDIT_SERVICE_TOKEN: maybe(
    string({ minLength: 16, secret: true, description: 'Bearer token for AUDIT_SERVICE_URL.' }),
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: maybe(
    string({ pattern: '^https?://', description: 'OpenTelemetry collector for traces (OTLP over HTTP). Unset: none.' }),
  ),
  OTEL_SERVICE_NAME: string({
    default: 'achilles-gateway',
    minLength: 1,
    description: 'Name of the gateway in traces.',
  }),
  OTEL_TRACES_SAMPLER_ARG: number({
    default: 1,
    minimum: 0,
    maximum: 1,
    description: 'Share of traces begun here that are sampled; a caller’s own decision is kept.',
  }),
};
