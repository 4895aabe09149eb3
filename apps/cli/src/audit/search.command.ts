import type { AuditRecord } from '#audit/audit-record.js';
import { readLines } from '#audit/read-lines.js';
import { ExpectedFailure } from '../expected-failure.js';
import type { Terminal } from '../terminal.js';
import { type AuditSettings, filesOf, findLogs } from './find-logs.js';
import { parseRecord, showRecord } from './show-record.js';

/** What is looked for; a record has to fit all of it. */
export interface SearchOptions {
  readonly file?: string;
  readonly requestId?: string;
  readonly tenant?: string;
  readonly tool?: string;
  readonly decision?: string;
  readonly since?: string;
  readonly until?: string;
  readonly json: boolean;
}

/** `achilles audit search`: 0 when something was found, 1 when nothing was, like grep. */
export async function searchCommand(
  text: string | undefined,
  options: SearchOptions,
  settings: AuditSettings,
  { stdout }: Terminal,
): Promise<number> {
  const fits = filterOf(options);
  let found = 0;
  for (const log of findLogs(options.file, settings)) {
    for (const file of filesOf(log)) {
      for await (const lines of readLines(file)) {
        for (const { bytes } of lines) {
          if (text !== undefined && !bytes.includes(text)) continue;
          const line = bytes.toString('utf8');
          const record = parseRecord(line);
          if (!record || !fits(record)) continue;
          found++;
          stdout.write(`${options.json ? line : showRecord(line)}\n`);
        }
      }
    }
  }
  return found > 0 ? 0 : 1;
}

function filterOf(options: SearchOptions): (record: AuditRecord) => boolean {
  const { requestId, tenant, tool, decision } = options;
  const since = instantOf('--since', options.since) ?? -Infinity;
  const until = instantOf('--until', options.until) ?? Infinity;
  return (record) => {
    if (requestId !== undefined && record.request_id !== requestId) return false;
    if (tenant !== undefined && record.tenant !== tenant) return false;
    if (tool !== undefined && record.tool !== tool) return false;
    if (decision !== undefined && record.decision !== decision) return false;
    const at = Date.parse(record.ts);
    return at >= since && at <= until;
  };
}

function instantOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new ExpectedFailure(`${option} must be a time such as 2026-03-01T09:00:00Z.`);
  return ms;
}
