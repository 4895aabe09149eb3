import { boolean, integer, maybe, number, oneOf, string } from '#schema/schema.js';

/** Tools that are made while the gateway is up, and the sandboxes that code runs in. */
export const DYNAMIC_TOOLS = {
  MCP_PROFILE: oneOf(['mvp', 'enterprise'], {
    default: 'mvp',
    description:
      'enterprise adds the tools sandbox.*, system.guard_metrics and system.runtime_config, the resources dynamic://… and the prompt tool-call-checklist.',
  }),
  MCP_ADMIN_TOKEN: maybe(
    string({
      minLength: 32,
      secret: true,
      description:
        'Whoever shows it, as the argument adminToken or in the header X-Admin-Token, may make and change the dynamic tools of its own tenant, as with the scope tools:admin.',
    }),
  ),
  MCP_REQUIRE_ADMIN_TOKEN: boolean({
    default: false,
    description: 'True: the gateway does not start without MCP_ADMIN_TOKEN.',
  }),
  MCP_DYNAMIC_READ_ONLY: boolean({
    default: false,
    description: 'True: dynamic tools can be listed and called, not made, changed or removed.',
  }),
  MCP_DYNAMIC_MAX_TOOLS: integer({
    default: 256,
    minimum: 1,
    maximum: 10_000,
    description: 'Dynamic tools that one tenant may have.',
  }),
  DYNAMIC_TOOLS_REQUIRE_APPROVAL: boolean({
    default: false,
    description:
      'True: a new or changed dynamic tool is called only once an administrator other than its author has approved it.',
  }),
  MCP_TOOL_MAX_CONCURRENCY: integer({
    default: 8,
    minimum: 1,
    maximum: 10_000,
    description:
      'Runs of one dynamic tool, or of one of the tools that run code, at once, for each tenant, in each process.',
  }),
  MCP_TOOL_MAX_CALLS_PER_WINDOW: integer({
    default: 300,
    minimum: 1,
    maximum: 1_000_000,
    description: 'The same within MCP_TOOL_RATE_WINDOW_MS.',
  }),
  MCP_TOOL_RATE_WINDOW_MS: integer({
    default: 60_000,
    minimum: 1_000,
    maximum: 86_400_000,
    description: 'Milliseconds of the sliding window of MCP_TOOL_MAX_CALLS_PER_WINDOW.',
  }),
  MCP_SANDBOX_MAX_OUTPUT_BYTES: integer({
    default: 200_000,
    minimum: 1_000,
    maximum: 10_000_000,
    description: 'UTF-8 bytes that a run may answer with, as JSON, and the most that is kept of what it logs.',
  }),
  MCP_SANDBOX_MAX_TIMEOUT_MS: integer({
    default: 120_000,
    minimum: 1_000,
    maximum: 300_000,
    description: 'Milliseconds that a run may ask for.',
  }),
  SANDBOX_WASM_WORKERS: integer({
    default: 0,
    minimum: 0,
    maximum: 64,
    description: 'Threads that run code of the wasm engine, in each process. 0: one for each core.',
  }),
  SANDBOX_WASM_MEMORY_MB: integer({
    default: 64,
    minimum: 18,
    maximum: 1_024,
    description: 'Memory of one run of the wasm engine, in MiB: a hard maximum.',
  }),
  SANDBOX_WASM_QUEUE: integer({
    default: 64,
    minimum: 0,
    maximum: 10_000,
    description: 'Runs that may wait for a thread; what is beyond is refused with 503.',
  }),
  DOCKER_HOST: maybe(
    string({
      pattern: '^(unix|tcp|https?)://.+',
      description:
        'The Docker Engine that runs tools of the docker engine: unix:///var/run/docker.sock, tcp://host:2376. Unset: there is none, and such tools answer BackendUnavailableError.',
    }),
  ),
  DOCKER_CERT_PATH: maybe(
    string({
      minLength: 1,
      description: 'A folder with ca.pem, cert.pem and key.pem, for an engine that is reached over TLS.',
    }),
  ),
  MCP_SANDBOX_ALLOWED_IMAGES: string({
    default: 'node:lts-slim',
    minLength: 1,
    description: 'Images that code may run in, separated by commas; the first is the default.',
  }),
  MCP_SANDBOX_BLOCKED_PACKAGES: string({
    default: 'child_process,node-pty,npm,pm2',
    description: 'npm packages that no tool may depend on, separated by commas.',
  }),
  MCP_SANDBOX_MAX_DEPENDENCIES: integer({
    default: 32,
    minimum: 0,
    maximum: 256,
    description: 'npm packages that one tool may depend on.',
  }),
  SANDBOX_NPM_REGISTRY: maybe(
    string({
      pattern: '^https?://.+',
      description:
        'The npm registry that dependencies are installed from, as seen from a container. Unset: what the image says.',
    }),
  ),
  SANDBOX_INSTALL_NETWORK: string({
    default: 'bridge',
    minLength: 1,
    description:
      "The engine's network that containers are on while dependencies are installed, and never while code runs.",
  }),
  SANDBOX_DEPENDENCY_SETS: integer({
    default: 32,
    minimum: 1,
    maximum: 10_000,
    description:
      'Sets of installed npm packages that are kept at the Docker Engine, for everybody who wants the same; what was not used for longest goes first.',
  }),
  MCP_SANDBOX_MEMORY_LIMIT: string({
    default: '512m',
    pattern: '^[1-9][0-9]*[bkmgBKMG]?$',
    description: 'Memory of a container.',
  }),
  MCP_SANDBOX_CPU_LIMIT: number({ default: 1, minimum: 0.01, maximum: 256, description: 'Cores of a container.' }),
  MCP_SANDBOX_SESSION_TIMEOUT_SECONDS: integer({
    default: 1_800,
    minimum: 10,
    maximum: 172_800,
    description: 'Seconds without a call after which a sandbox session ends.',
  }),
  MCP_SANDBOX_MAX_SESSIONS: integer({
    default: 20,
    minimum: 1,
    maximum: 1_000,
    description: 'Sandbox sessions at once, in each process.',
  }),
};
