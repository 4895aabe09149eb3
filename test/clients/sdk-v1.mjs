// The official SDK, v1: sessions.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { headers, report, target } from './target.mjs';

const client = new Client({ name: 'sdk-v1', version: '1.0.0' });
const transport = new StreamableHTTPClientTransport(new URL(target.url), { requestInit: { headers } });
await client.connect(transport);
const { tools } = await client.listTools();
const { content } = await client.callTool({ name: target.tool, arguments: target.arguments });
await transport.terminateSession();
await client.close();
report(
  tools.map(({ name }) => name),
  content[0].text,
);
