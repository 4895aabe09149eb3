// The official SDK over a command's stdin and stdout, as Claude Desktop starts one: `target.command`, or mcp-remote.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { report, target } from './target.mjs';

function mcpRemote() {
  const folder = dirname(createRequire(import.meta.url).resolve('mcp-remote/package.json'));
  const header = target.token === undefined ? [] : ['--header', `Authorization: Bearer ${target.token}`];
  return [process.execPath, join(folder, 'dist', 'proxy.js'), target.url, '--allow-http', ...header];
}

const [command, ...args] = target.command ?? mcpRemote();
const client = new Client({ name: 'bridge', version: '1.0.0' });
const env = { ...process.env, ...target.environment };
await client.connect(new StdioClientTransport({ command, args, env, stderr: 'inherit' }));
const { tools } = await client.listTools();
const { content } = await client.callTool({ name: target.tool, arguments: target.arguments });
await client.close();
report(
  tools.map(({ name }) => name),
  content[0].text,
);
process.exit(0);
