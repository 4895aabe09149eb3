import Table from 'cli-table3';
import { plainText } from '../terminal.js';
import type { DynamicToolRecord, DynamicToolVersion } from './tools-client.js';

const HASH_SHOWN = 12;

/** All of them, a line each. */
export function renderTools(tools: readonly DynamicToolRecord[]): string {
  if (tools.length === 0) {
    return 'There are no dynamic tools yet. Make one: achilles tools create <name> --description … --code-file tool.js\n';
  }
  const rows = tools.map((tool) => [
    plainText(tool.name),
    tool.engine,
    stateOf(tool),
    versionOf(tool),
    plainText(tool.updatedAt),
    plainText(tool.updatedBy),
  ]);
  return table(['Name', 'Engine', 'State', 'Version', 'Changed', 'By'], rows);
}

export function renderTool(tool: DynamicToolRecord): string {
  const { dependencies, hostFunctions } = tool;
  const rows: [string, string | undefined][] = [
    ['Name', tool.name],
    ['Title', tool.title],
    ['State', stateOf(tool)],
    ['Version', `${versionOf(tool)}, revision ${tool.revision}`],
    ['Engine', [tool.engine, tool.image, `${tool.timeoutMs} ms`].filter(Boolean).join(', ')],
    ['Packages', dependencies.map(({ name, version }) => `${name}@${version}`).join(', ')],
    ['Seen by', `${tool.tier} and above, with ${tool.scopes.join(', ') || 'any scope'}`],
    ['Asks for', hostFunctions && `${JSON.stringify(hostFunctions)}, ${grantOf(tool)}`],
    ['Code', `${tool.codeSizeBytes} bytes, SHA-256 ${tool.codeSha256}`],
    ['Made', `${tool.createdAt} by ${tool.createdBy}`],
    ['Changed', `${tool.updatedAt} by ${tool.updatedBy}`],
    ['About', tool.description],
    ['Arguments', tool.inputSchema && JSON.stringify(tool.inputSchema)],
  ];
  const lines = rows.flatMap(([name, value]) => (value ? [`${name.padEnd(11)}${plainText(value)}`] : []));
  return `${lines.join('\n')}\n`;
}

/** Newest first. */
export function renderHistory(versions: readonly DynamicToolVersion[]): string {
  const rows = versions.map((one) => [
    String(one.version),
    one.restored === undefined ? one.state : `${one.state}, as ${one.restored}`,
    plainText(one.createdBy),
    plainText(one.createdAt),
    one.approvedBy === undefined ? '' : plainText(one.approvedBy),
    plainText(one.codeSha256).slice(0, HASH_SHOWN),
  ]);
  return table(['Version', 'State', 'By', 'When', 'Approved by', 'Code'], rows);
}

function stateOf({ enabled, version, latestVersion, published }: DynamicToolRecord): string {
  const said = [
    enabled ? 'enabled' : 'disabled',
    version === latestVersion ? '' : 'waits for approval',
    published ? 'published' : '',
  ];
  return said.filter(Boolean).join(', ');
}

const versionOf = ({ version, latestVersion }: DynamicToolRecord): string =>
  version === latestVersion ? String(version) : `${version ?? 'none'}, latest ${latestVersion}`;

export const grantOf = ({ hostFunctionsGranted }: DynamicToolRecord): string =>
  hostFunctionsGranted ? 'granted' : 'not granted';

function table(head: string[], rows: string[][]): string {
  const drawn = new Table({ head, style: { head: [], border: [] } });
  drawn.push(...rows);
  return `${drawn.toString()}\n`;
}
