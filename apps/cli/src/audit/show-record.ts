import type { AuditRecord } from '#audit/audit-record.js';
import { plainText } from '../terminal.js';

/** A record on one line for a reader; a line that is no record is shown as what it is. */
export function showRecord(line: string): string {
  const record = parseRecord(line);
  if (!record) return `(no record) ${plainText(line.slice(0, 200))}`;
  const who = [record.tenant, record.sub].filter((part) => typeof part === 'string').join('/') || '–';
  const flags = Array.isArray(record.security_flags) ? record.security_flags : [];
  const parts = [
    record.ts,
    String(record.decision).padEnd(9),
    String(record.status ?? '–').padEnd(3),
    record.tool ?? record.event,
    who,
    `${record.latency_ms} ms`,
    ...(record.reason ? [record.reason] : []),
    ...flags.map((flag) => `!${flag}`),
    record.request_id ?? '–',
  ];
  return plainText(parts.join('  '));
}

/** Undefined when the line is no JSON object. */
export function parseRecord(line: string): AuditRecord | undefined {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === 'object' && value !== null ? (value as AuditRecord) : undefined;
  } catch {
    return undefined;
  }
}
