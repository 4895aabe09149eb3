// The MCP Inspector's command line, once to list and once to call.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { report, target } from './target.mjs';

const folder = dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/inspector/package.json'));
const program = join(folder, 'clients', 'launcher', 'build', 'index.js');

function inspect(...args) {
  const header = target.token === undefined ? [] : ['--header', `Authorization: Bearer ${target.token}`];
  const era = ['--protocol-era', target.era ?? 'auto'];
  const how = ['--cli', target.url, '--transport', 'http', ...era, '--format', 'json', '--quiet', ...header];
  const printed = execFileSync(process.execPath, [program, ...how, ...args], { encoding: 'utf8', timeout: 60_000 });
  return JSON.parse(printed).result;
}

const { tools } = inspect('--method', 'tools/list');
const call = ['--tool-name', target.tool, '--tool-args-json', JSON.stringify(target.arguments)];
const { content } = inspect('--method', 'tools/call', ...call);
report(
  tools.map(({ name }) => name),
  content[0].text,
);
