// Vercel's AI SDK.
import { createMCPClient } from '@ai-sdk/mcp';
import { headers, report, target } from './target.mjs';

const client = await createMCPClient({ transport: { type: 'http', url: target.url, headers } });
const tools = await client.tools();
const { content } = await tools[target.tool].execute(target.arguments, { toolCallId: '1', messages: [] });
await client.close();
report(Object.keys(tools), content[0].text);
