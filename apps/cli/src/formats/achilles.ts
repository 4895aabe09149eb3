import { createHash, type Hash } from 'node:crypto';
import { basename } from 'node:path';
import type { SessionStatus } from '#core/sessions/sessions.js';
import type { LineFault, RecordedEvent, RecordedSession, Recording, SourceFile } from '../import/recorded-session.js';
import { type ObjectLine, readJsonLines } from './json-lines.js';
import { type Json, listOf, objectOf, textOf } from './untrusted-json.js';

const STATUSES: readonly SessionStatus[] = ['active', 'completed', 'abandoned', 'failed'];

/**
 * Reads this project's own JSON Lines: optionally a first line `{"session": {…}}`, then one event per line as the API
 * takes it. Events are passed on as they are: what the gateway refuses is reported by the gateway.
 */
export async function readEventLog(source: SourceFile): Promise<Recording> {
  const hash = createHash('sha256');
  const faults: LineFault[] = [];
  let head: Json = {};
  let startTime: string | undefined;
  let count = 0;
  for await (const line of readEventLines(source, hash)) {
    if ('reason' in line) faults.push(line);
    else if ('head' in line) head = line.head;
    else {
      startTime ??= textOf(line.event.client_timestamp);
      count++;
    }
  }
  const sha256 = hash.digest('hex');
  const sessions = count > 0 ? [session(source, sha256, head, { startTime, count })] : [];
  return { file: source.path, format: 'achilles', sha256, sessions, faults, skipped: {} };
}

type EventLine = { readonly head: Json } | { readonly event: RecordedEvent } | LineFault;

async function* readEventLines(source: SourceFile, hash?: Hash): AsyncGenerator<EventLine> {
  let first = true;
  for await (const line of readJsonLines(source, hash)) {
    const head = 'value' in line ? objectOf(line.value['session']) : undefined;
    if ('reason' in line) yield line;
    else if (head) yield first ? { head } : { line: line.line, reason: 'is a "session" line, which must be the first' };
    else yield eventLine(line);
    first = false;
  }
}

function eventLine({ line, value }: ObjectLine): EventLine {
  if (typeof value['event_type'] !== 'string') return { line, reason: 'has no "event_type"' };
  // Left in, it would move the event into another session than the one that the file is about.
  const reference = ['session_id', 'external_session_key'].find((field) => field in value);
  return reference === undefined
    ? { event: value as RecordedEvent }
    : { line, reason: `has a ${reference}: the first line names the session for the whole file` };
}

function session(
  source: SourceFile,
  sha256: string,
  head: Json,
  found: { readonly startTime: string | undefined; readonly count: number },
): RecordedSession {
  // A key that somebody chose may be shared: with other files, with an agent that reports as it works. Then `event_count`
  // tells nothing, and unless the file says that the session has ended, others may still add to it.
  const givenKey = textOf(head['external_session_key']);
  const endTime = textOf(head['end_time']);
  const implied = givenKey === undefined || endTime !== undefined ? 'completed' : 'active';
  const name = basename(source.path)
    .replace(/\.(jsonl|ndjson|json)$/, '')
    .replace(/[^\w.-]+/g, '-')
    .slice(0, 150);
  return {
    key: givenKey ?? `achilles:${name}:${sha256.slice(0, 16)}`,
    format: 'achilles',
    startTime: textOf(head['start_time']) ?? found.startTime ?? new Date(source.modifiedMs).toISOString(),
    endTime,
    status: STATUSES.find((status) => status === head['status']) ?? implied,
    userId: textOf(head['user_id']),
    workspaceId: textOf(head['workspace_id']),
    workspaceRoot: textOf(head['workspace_root']),
    vcsRemoteUrl: textOf(head['vcs_remote_url']),
    tags: ['achilles', ...listOf(head['tags']).filter((tag) => typeof tag === 'string')],
    info: {},
    eventCount: found.count,
    resumable: givenKey === undefined,
    events: () => eventsOf(source),
  };
}

async function* eventsOf(source: SourceFile): AsyncGenerator<RecordedEvent> {
  for await (const line of readEventLines(source)) {
    if ('event' in line) yield line.event;
  }
}
