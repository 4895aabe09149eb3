import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  ElicitRequestSchema,
  PromptListChangedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { Anything } from './modern-client.js';

/** What a tool answered, as tests look into it. */
export interface OfficialResult {
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: Anything;
  readonly isError?: boolean;
}

/** A prompt by its name, or a resource template by its address. */
type Reference =
  { readonly type: 'ref/prompt'; readonly name: string } | { readonly type: 'ref/resource'; readonly uri: string };

/** What both SDKs can do, by the names that it has in both. */
interface Sdk {
  callTool(params: object): Promise<OfficialResult>;
  listTools(): Promise<{ tools: { name: string }[] }>;
  listResources(): Promise<{ resources: { uri: string }[] }>;
  listResourceTemplates(): Promise<{ resourceTemplates: { uriTemplate: string }[] }>;
  readResource(params: { uri: string }): Promise<{ contents: Anything[] }>;
  listPrompts(): Promise<{ prompts: { name: string }[] }>;
  getPrompt(params: object): Promise<{ messages: Anything[] }>;
  complete(params: object): Promise<{ completion: { values: string[] } }>;
}

/** The official SDK of one era, connected, and listening for changes of the lists of tools and of prompts. */
export class OfficialClient implements AsyncDisposable {
  /** How often it was told that the list of tools is another. */
  changes = 0;
  /** The same of prompts. */
  promptChanges = 0;
  private readonly sdk: Sdk;

  constructor(
    sdk: ModernClient | LegacyClient,
    private readonly close: () => Promise<void>,
  ) {
    this.sdk = sdk as unknown as Sdk;
  }

  call(name: string, args: Record<string, unknown> = {}): Promise<OfficialResult> {
    return this.sdk.callTool({ name, arguments: args });
  }

  async tools(): Promise<string[]> {
    return (await this.sdk.listTools()).tools.map(({ name }) => name);
  }

  async resources(): Promise<string[]> {
    return (await this.sdk.listResources()).resources.map(({ uri }) => uri);
  }

  async templates(): Promise<string[]> {
    return (await this.sdk.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate);
  }

  async read(uri: string): Promise<Anything[]> {
    return (await this.sdk.readResource({ uri })).contents;
  }

  async prompts(): Promise<string[]> {
    return (await this.sdk.listPrompts()).prompts.map(({ name }) => name);
  }

  async prompt(name: string, args: Record<string, string> = {}): Promise<Anything[]> {
    return (await this.sdk.getPrompt({ name, arguments: args })).messages;
  }

  async complete(ref: Reference, name: string, value: string): Promise<string[]> {
    return (await this.sdk.complete({ ref, argument: { name, value } })).completion.values;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

interface Options {
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the mount. */
  readonly path?: string;
  /** What its user does at an address that it is sent to. Left out: it cannot send anybody anywhere. */
  readonly open?: ((url: string) => Promise<unknown>) | undefined;
}

const capabilitiesFor = ({ open }: Options) => (open ? { elicitation: { url: {} } } : {});

async function visit({ open }: Options, params: object): Promise<{ action: 'accept' }> {
  await open!((params as { url: string }).url);
  return { action: 'accept' };
}

async function modern(url: URL, options: Options): Promise<OfficialClient> {
  const listened = { autoRefresh: false, debounceMs: 0 };
  const client = new ModernClient(
    { name: 'official-modern', version: '1' },
    {
      capabilities: capabilitiesFor(options),
      versionNegotiation: { mode: { pin: '2026-07-28' } },
      listChanged: {
        tools: { ...listened, onChanged: () => void official.changes++ },
        prompts: { ...listened, onChanged: () => void official.promptChanges++ },
      },
    },
  );
  const official = new OfficialClient(client, () => client.close());
  if (options.open) client.setRequestHandler('elicitation/create', ({ params }) => visit(options, params));
  await client.connect(new ModernTransport(url, { requestInit: { headers: { ...options.headers } } }));
  return official;
}

async function legacy(url: URL, options: Options): Promise<OfficialClient> {
  const client = new LegacyClient(
    { name: 'official-legacy', version: '1' },
    { capabilities: capabilitiesFor(options) },
  );
  const transport = new LegacyTransport(url, { requestInit: { headers: { ...options.headers } } });
  const official = new OfficialClient(client, async () => {
    await transport.terminateSession();
    await client.close();
  });
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void official.changes++);
  client.setNotificationHandler(PromptListChangedNotificationSchema, () => void official.promptChanges++);
  if (options.open) client.setRequestHandler(ElicitRequestSchema, ({ params }) => visit(options, params));
  await client.connect(transport);
  return official;
}

export const ERAS = ['modern', 'legacy'] as const;
export type Era = (typeof ERAS)[number];

/** @param url of the gateway */
export const officialClient = (era: Era, url: string, options: Options = {}): Promise<OfficialClient> =>
  (era === 'modern' ? modern : legacy)(new URL(`${url}${options.path ?? '/mcp'}`), options);
