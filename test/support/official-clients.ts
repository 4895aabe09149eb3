import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

/** What a tool answered, as tests look into it. */
export interface OfficialResult {
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  // oxlint-disable-next-line typescript/no-explicit-any -- the expectations say what it is
  readonly structuredContent?: Record<string, any>;
  readonly isError?: boolean;
}

/** The official SDK of one era, connected, and listening for changes of the list of tools. */
export interface OfficialClient extends AsyncDisposable {
  /** How often it was told that the list of tools is another. */
  readonly changes: number;
  call(name: string, args?: Record<string, unknown>): Promise<OfficialResult>;
  tools(): Promise<string[]>;
}

type Headers = Readonly<Record<string, string>>;

async function modern(url: URL, headers: Headers): Promise<OfficialClient> {
  let changes = 0;
  const client = new ModernClient(
    { name: 'official-modern', version: '1' },
    {
      versionNegotiation: { mode: { pin: '2026-07-28' } },
      listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: () => void changes++ } },
    },
  );
  await client.connect(new ModernTransport(url, { requestInit: { headers } }));
  return {
    get changes() {
      return changes;
    },
    call: async (name, args = {}) => (await client.callTool({ name, arguments: args })) as OfficialResult,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

async function legacy(url: URL, headers: Headers): Promise<OfficialClient> {
  let changes = 0;
  const client = new LegacyClient({ name: 'official-legacy', version: '1' });
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++);
  const transport = new LegacyTransport(url, { requestInit: { headers } });
  await client.connect(transport);
  return {
    get changes() {
      return changes;
    },
    call: async (name, args = {}) => (await client.callTool({ name, arguments: args })) as OfficialResult,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    [Symbol.asyncDispose]: async () => {
      await transport.terminateSession();
      await client.close();
    },
  };
}

/** @param url of the gateway */
export const officialClient = (era: 'modern' | 'legacy', url: string, headers: Headers = {}) =>
  (era === 'modern' ? modern : legacy)(new URL(`${url}/mcp`), headers);
