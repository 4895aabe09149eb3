import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { Gateway } from '../support/boot-gateway.js';
import { installClients, runClient, type Target } from '../support/clients.js';
import { EverythingSource } from '../support/everything.source.js';
import { IdentityProvider } from '../support/identity-provider.js';

const CALL = { tool: 'test_simple_text', arguments: {} };
const ANSWER = 'This is a simple text response for testing.';

const CLIENTS: readonly { name: string; script: string; era?: Target['era']; version?: string }[] = [
  { name: 'the official SDK, v1', script: 'sdk-v1.mjs' },
  { name: 'the official SDK, v2, legacy', script: 'sdk-v2.mjs', era: 'legacy', version: '2025-11-25' },
  { name: 'the official SDK, v2, auto', script: 'sdk-v2.mjs', era: 'auto', version: '2026-07-28' },
  { name: 'the official SDK, v2, modern', script: 'sdk-v2.mjs', era: 'modern', version: '2026-07-28' },
  { name: 'MCP Inspector, auto', script: 'inspector.mjs', era: 'auto' },
  { name: 'MCP Inspector, modern', script: 'inspector.mjs', era: 'modern' },
  { name: 'mcp-remote', script: 'bridge.mjs' },
  { name: 'AI SDK', script: 'ai-sdk.mjs' },
  { name: 'LangChain', script: 'langchain.mjs' },
  { name: 'FastMCP', script: 'fastmcp-client.py' },
];

// It fetches some 250 MB where nothing is cached yet.
beforeAll(() => installClients(), 600_000);

describe('without a token', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await Gateway.boot({ AUTH_MODE: 'none' }, { sources: [EverythingSource] });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it.each(CLIENTS)(
    '$name lists and calls',
    async ({ script, era, version }) => {
      const seen = await runClient(script, { url: `${gateway.url}/mcp`, era, ...CALL });
      expect(seen.tools).toEqual(expect.arrayContaining(['test_simple_text', 'test_tool_with_progress']));
      expect(seen.text).toBe(ANSWER);
      expect(seen.version).toBe(version);
    },
    300_000,
  );
});

describe('with a token', () => {
  let provider: IdentityProvider;
  let gateway: Gateway;
  beforeAll(async () => {
    provider = await IdentityProvider.start();
    gateway = await Gateway.boot(provider.settings, { sources: [EverythingSource] });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await provider[Symbol.asyncDispose]();
  });

  it.each(CLIENTS)(
    '$name lists and calls',
    async ({ script, era }) => {
      const token = await provider.token();
      const seen = await runClient(script, { url: `${gateway.url}/mcp`, token, era, ...CALL });
      expect(seen).toMatchObject({ text: ANSWER });
    },
    300_000,
  );

  it('the official SDK lists and calls over achilles stdio', async () => {
    const token = await provider.token();
    const command = [process.execPath, resolve('dist/apps/cli/src/main.js'), 'stdio', '--url', gateway.url];
    const environment = { ACHILLES_TOKEN: token };
    const seen = await runClient('bridge.mjs', { url: gateway.url, command, environment, ...CALL });
    expect(seen).toMatchObject({ text: ANSWER });
  });

  it.each(['sdk-v1.mjs', 'sdk-v2.mjs'])('%s is refused without one', async (script) => {
    await expect(runClient(script, { url: `${gateway.url}/mcp`, ...CALL })).rejects.toThrow(/401|Unauthorized/i);
  });
});
