import { basename } from 'node:path';
import type { NewSession, SessionOut } from '#core/sessions/sessions.js';
import type { EventBatchResponse, EventFailure } from '#core/signals/signals.js';
import type { AchillesClient } from '../client/achilles-client.js';
import { objectOf } from '../formats/untrusted-json.js';
import { type BatchLimits, inBatches } from './batches.js';
import { EventReader } from './event-reader.js';
import { fitEvent } from './fit-event.js';
import type { RecordedEvent, RecordedSession, Recording } from './recorded-session.js';

/** How sessions are played to the gateway. */
export interface PlayOptions {
  readonly workspace?: string;
  readonly user?: string;
  readonly defaultUser: string;
  readonly batchSize?: number;
  /** Send also what the server has. */
  readonly resend: boolean;
}

/** How far a session has come. `done` counts also the events that were there; `failed` from the session's first event. */
export interface PlayProgress {
  readonly done: number;
  readonly sent: number;
  readonly ingested: number;
  readonly deduped: number;
  readonly failed: readonly EventFailure[];
}

/** What became of one session; `key` and `session_id` are those of the last one that it was played into. */
export interface PlayResult extends PlayProgress {
  readonly key: string;
  readonly session_id: string;
  readonly status: 'imported' | 'already imported';
}

const DEFAULT_WORKSPACE = 'imports';
const SNAPSHOT_TYPE = 'import';

/**
 * Plays one recorded session through the public API, from where an earlier import stopped. A session that has ended
 * takes no more events: what the recording has grown by since goes on in a session of its own.
 */
export async function playSession(
  client: AchillesClient,
  recording: Recording,
  recorded: RecordedSession,
  options: PlayOptions,
  onProgress: (progress: PlayProgress) => void,
): Promise<PlayResult> {
  const { limits, common } = await introduce(client, recorded, options);
  const origin = { external_session_key: recorded.key, start_time: recorded.startTime, tags: recorded.tags };
  let session = await client.createSession({ ...common, ...origin });
  await using reader = new EventReader(recorded.events(session.start_time), session.start_time);
  let progress: PlayProgress = { done: 0, sent: 0, ingested: 0, deduped: 0, failed: [] };
  for (let from = 0; ;) {
    const { known, end } = await extentOf(client, recorded, session, from);
    progress = { ...progress, done: options.resend ? from : known };
    for await (const batch of inBatches(serialised(reader.read(progress.done, end), session), limits)) {
      onProgress(progress);
      progress = advanced(progress, batch.length, await client.sendEvents(batch));
    }
    onProgress(progress);
    if (end === recorded.eventCount) break;
    await reader.skipTo(end);
    session = await client.createSession({ ...common, ...followUp(recorded, end), start_time: reader.latest });
    from = end;
  }

  const ended = session.status !== 'active';
  if (!ended) await conclude(client, session, recording, recorded, reader);
  const status = ended && progress.failed.length === 0 ? 'already imported' : 'imported';
  return { ...progress, key: session.external_session_key, session_id: session.id, status };
}

const advanced = (before: PlayProgress, size: number, answer: EventBatchResponse): PlayProgress => ({
  done: before.done + size,
  sent: before.sent + size,
  ingested: before.ingested + answer.ingested,
  deduped: before.deduped + answer.deduped,
  failed: [...before.failed, ...answer.failed.map((failure) => ({ ...failure, index: before.done + failure.index }))],
});

/** What continues a session after its first `count` events; whatever the number of parts, the key stays short. */
const followUp = ({ key, tags }: RecordedSession, count: number) => ({
  external_session_key: `${key}:+${count}`,
  tags: [...tags, 'continued'],
});

/** Says who imports; returns what the gateway takes at once, and what all sessions of the recording have in common. */
async function introduce(
  client: AchillesClient,
  recorded: RecordedSession,
  options: PlayOptions,
): Promise<{ limits: BatchLimits; common: Pick<NewSession, 'user_id' | 'workspace_id' | 'project_id'> }> {
  const workspace_id = options.workspace ?? recorded.workspaceId ?? DEFAULT_WORKSPACE;
  const user_id = options.user ?? recorded.userId ?? options.defaultUser;
  const workspace_root = recorded.workspaceRoot;
  const hello = await client.handshake({
    client_name: 'achilles-cli',
    client_version: client.options.version,
    workspace_id,
    workspace_root,
    user_id,
    capabilities: { batch_events: true, deduplication: true, snapshots: true, insights: true },
  });
  const project =
    workspace_root === undefined
      ? undefined
      : await client.resolveProject({
          workspace_id,
          workspace_root,
          vcs_remote_url: recorded.vcsRemoteUrl,
          labels: [recorded.format],
          create_if_missing: true,
        });
  const events = Math.min(options.batchSize ?? Infinity, hello.preferred_batch_size);
  return {
    limits: { events, bytes: hello.max_payload_bytes },
    common: { user_id, workspace_id, project_id: project?.project_id },
  };
}

/** What of the recording a session that begins with event `from` has, up to `known`, and is to have, up to `end`. */
async function extentOf(client: AchillesClient, recorded: RecordedSession, session: SessionOut, from: number) {
  const { eventCount, resumable } = recorded;
  if (!resumable) return { known: from, end: eventCount };
  const known = Math.min(from + session.event_count, eventCount);
  if (session.status === 'active' || known === eventCount) return { known, end: eventCount };
  const end = Math.min(Math.max(known, await countAtEnd(client, session)), eventCount);
  // A session that ended without any event cannot be continued: what it refuses is reported.
  return { known: end, end: end > from ? end : eventCount };
}

/** How long the recording was when the session ended; `event_count` knows nothing of events that were refused or alike. */
async function countAtEnd(client: AchillesClient, session: SessionOut): Promise<number> {
  const [snapshot] = await client.snapshots(session.id, SNAPSHOT_TYPE, 1);
  const count = objectOf(snapshot?.payload['counts'])?.['events'];
  return typeof count === 'number' ? count : 0;
}

/** Events as JSON texts, cut to size. */
async function* serialised(events: AsyncIterable<RecordedEvent>, session: SessionOut): AsyncGenerator<string> {
  for await (const event of events) yield JSON.stringify({ session_id: session.id, ...fitEvent(event) });
}

async function conclude(
  client: AchillesClient,
  session: SessionOut,
  recording: Recording,
  recorded: RecordedSession,
  reader: EventReader,
): Promise<void> {
  const payload = snapshotOf(recording, recorded);
  await client.takeSnapshot({ session_id: session.id, snapshot_type: SNAPSHOT_TYPE, payload });
  const { status, eventCount, endTime } = recorded;
  if (status === 'active') return;
  await reader.skipTo(eventCount);
  await client.updateSession(session.id, { status, end_time: endTime ?? reader.latest });
}

/** Says nothing of the machine that imports, so that a repeat from anywhere gives the same snapshot. */
function snapshotOf({ file, sha256, skipped, faults }: Recording, { format, eventCount, info }: RecordedSession) {
  const counts = { events: eventCount, skipped_entries: skipped, bad_lines: faults.length };
  return { file: basename(file), format, sha256, counts, info };
}
