// LangChain's adapters.
import { MultiServerMCPClient } from '@langchain/mcp-adapters';
import { headers, report, target } from './target.mjs';

const client = new MultiServerMCPClient({ gateway: { transport: 'http', url: target.url, headers } });
const tools = await client.getTools();
const text = await tools.find(({ name }) => name === target.tool).invoke(target.arguments);
await client.close();
report(
  tools.map(({ name }) => name),
  text,
);
