// The official SDK, v2, in the era it is told: legacy, auto or modern.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { headers, report, target } from './target.mjs';

const MODES = { legacy: 'legacy', auto: 'auto', modern: { pin: '2026-07-28' } };

const client = new Client(
  { name: 'sdk-v2', version: '1.0.0' },
  { versionNegotiation: { mode: MODES[target.era ?? 'auto'] } },
);
await client.connect(new StreamableHTTPClientTransport(new URL(target.url), { requestInit: { headers } }));
const { tools } = await client.listTools();
const { content } = await client.callTool({ name: target.tool, arguments: target.arguments });
const version = client.getNegotiatedProtocolVersion();
await client.close();
report(
  tools.map(({ name }) => name),
  content[0].text,
  { version },
);
