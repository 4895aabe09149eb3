import { createHash } from 'node:crypto';
import type { LineFault, RecordedEvent, RecordedSession, Recording, SourceFile } from '../import/recorded-session.js';
import { ClaudeCodeEvents, timeOf } from './claude-code-events.js';
import { readJsonLines } from './json-lines.js';
import { type Json, textOf } from './untrusted-json.js';

/** What the first pass over a transcript learns of one of its sessions. */
interface Outline {
  readonly events: ClaudeCodeEvents;
  readonly root: string | undefined;
  readonly first: Json;
  startMs: number | undefined;
  count: number;
}

/**
 * Reads a Claude Code transcript in two passes: one that finds the sessions and counts their events, and one per
 * session when it is imported. Nothing is held in memory but the outlines.
 */
export async function readTranscript(source: SourceFile): Promise<Recording> {
  const hash = createHash('sha256');
  const outlines = new Map<string, Outline>();
  const faults: LineFault[] = [];
  const skipped: Record<string, number> = {};
  for await (const line of readJsonLines(source, hash)) {
    if ('reason' in line) faults.push(line);
    else if (!outlined(line.value, outlines)) {
      const type = textOf(line.value['type']) ?? 'unknown';
      skipped[type] = (skipped[type] ?? 0) + 1;
    }
  }
  const sessions = [...outlines]
    .filter(([, { count }]) => count > 0)
    .map(([key, outline]) => session(source, key, outline));
  return { file: source.path, format: 'claude-code', sha256: hash.digest('hex'), sessions, faults, skipped };
}

/**
 * A sub-agent that has a file of its own has a session of its own: it grows on its own, beside the session that
 * started it and whose id it bears.
 */
function keyOf(entry: Json): string | undefined {
  const sessionId = textOf(entry['sessionId']);
  const agentId = entry['isSidechain'] === true ? textOf(entry['agentId']) : undefined;
  if (sessionId === undefined) return undefined;
  return ['claude-code', sessionId.slice(0, 100), ...(agentId ? [agentId.slice(0, 80)] : [])].join(':');
}

/** Adds an entry to its session's outline; false when it carries no event. */
function outlined(entry: Json, outlines: Map<string, Outline>): boolean {
  const key = keyOf(entry);
  if (key === undefined || (entry['type'] !== 'user' && entry['type'] !== 'assistant')) return false;
  let outline = outlines.get(key);
  if (!outline) {
    const root = textOf(entry['cwd']);
    outline = { events: new ClaudeCodeEvents(root), root, first: entry, startMs: undefined, count: 0 };
    outlines.set(key, outline);
  }
  const { length } = outline.events.of(entry);
  if (length > 0) outline.startMs ??= timeOf(entry);
  outline.count += length;
  return length > 0;
}

function session(source: SourceFile, key: string, { first, root, startMs, count }: Outline): RecordedSession {
  return {
    key,
    format: 'claude-code',
    startTime: new Date(startMs ?? source.modifiedMs).toISOString(),
    status: 'completed',
    workspaceRoot: root,
    tags: ['claude-code'],
    info: {
      session_id: textOf(first['sessionId']),
      agent_id: textOf(first['agentId']),
      version: textOf(first['version']),
      git_branch: textOf(first['gitBranch']),
    },
    eventCount: count,
    resumable: true,
    events: () => eventsOf(source, key, root),
  };
}

async function* eventsOf(source: SourceFile, key: string, root: string | undefined): AsyncGenerator<RecordedEvent> {
  const events = new ClaudeCodeEvents(root);
  for await (const line of readJsonLines(source)) {
    if ('value' in line && keyOf(line.value) === key) yield* events.of(line.value);
  }
}
