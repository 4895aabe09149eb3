import { basename } from 'node:path';
import type { SessionOut } from '#core/sessions/sessions.js';
import type { EventBatchResponse, EventFailure } from '#core/signals/signals.js';
import type { AchillesClient } from '../client/achilles-client.js';
import { GatewayError } from '../client/gateway-error.js';
import { type BatchLimits, inBatches } from './batches.js';
import { fitEvent } from './fit-event.js';
import type { RecordedSession, Recording } from './recorded-session.js';

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

/** What became of one session. */
export interface PlayResult extends PlayProgress {
  readonly session_id: string;
  readonly status: 'imported' | 'already imported';
}

const A_DAY_MS = 24 * 3_600_000;
const DEFAULT_WORKSPACE = 'imports';

/** Plays one recorded session through the public API, from where an earlier import stopped. */
export async function playSession(
  client: AchillesClient,
  recording: Recording,
  recorded: RecordedSession,
  options: PlayOptions,
  onProgress: (progress: PlayProgress) => void,
): Promise<PlayResult> {
  const { limits, session } = await openSession(client, recorded, options);
  const stored = recorded.resumable && !options.resend ? Math.min(session.event_count, recorded.eventCount) : 0;
  const ended = session.status !== 'active';
  let progress: PlayProgress = { done: stored, sent: 0, ingested: 0, deduped: 0, failed: [] };
  if (ended && recorded.resumable && stored === recorded.eventCount) {
    return { ...progress, session_id: session.id, status: 'already imported' };
  }

  const clock = { latest: Date.parse(session.start_time) };
  for await (const batch of inBatches(serialised(recorded, session, stored, clock), limits)) {
    onProgress(progress);
    progress = advanced(progress, batch.length, await client.sendEvents(batch));
  }
  onProgress(progress);

  const nothingNew = ended && progress.ingested === 0 && progress.failed.length === 0;
  if (!nothingNew) {
    await client.takeSnapshot({
      session_id: session.id,
      snapshot_type: 'import',
      payload: snapshotOf(recording, recorded),
    });
    await endSession(client, session, recorded, clock.latest);
  }
  return { ...progress, session_id: session.id, status: nothingNew ? 'already imported' : 'imported' };
}

const advanced = (before: PlayProgress, size: number, answer: EventBatchResponse): PlayProgress => ({
  done: before.done + size,
  sent: before.sent + size,
  ingested: before.ingested + answer.ingested,
  deduped: before.deduped + answer.deduped,
  failed: [...before.failed, ...answer.failed.map((failure) => ({ ...failure, index: before.done + failure.index }))],
});

async function openSession(
  client: AchillesClient,
  recorded: RecordedSession,
  options: PlayOptions,
): Promise<{ limits: BatchLimits; session: SessionOut }> {
  const workspace_id = options.workspace ?? recorded.workspaceId ?? DEFAULT_WORKSPACE;
  const user_id = options.user ?? recorded.userId ?? options.defaultUser;
  const workspace_root = recorded.workspaceRoot;
  const hello = await client.handshake({
    client_name: 'achilles-cli',
    client_version: client.options.version,
    workspace_id,
    workspace_root,
    user_id,
    capabilities: { batch: true, snapshots: true },
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
  const session = await client.createSession({
    external_session_key: recorded.key,
    user_id,
    workspace_id,
    start_time: recorded.startTime,
    project_id: project?.project_id,
    tags: recorded.tags,
  });
  const events = Math.min(options.batchSize ?? Infinity, hello.preferred_batch_size);
  return { limits: { events, bytes: hello.max_payload_bytes }, session };
}

/** The events from number `from` on as JSON texts, cut to size; notes the latest time among all of them. */
async function* serialised(
  recorded: RecordedSession,
  session: SessionOut,
  from: number,
  clock: { latest: number },
): AsyncGenerator<string> {
  let index = 0;
  for await (const event of recorded.events(session.start_time)) {
    const at = Date.parse(event.client_timestamp);
    // A time that the gateway refuses for an event is no time for the session to end either.
    if (at > clock.latest && at < Date.now() + A_DAY_MS) clock.latest = at;
    if (index++ >= from) yield JSON.stringify({ session_id: session.id, ...fitEvent(event) });
  }
}

/** Says nothing of the machine that imports, so that a repeat from anywhere gives the same snapshot. */
function snapshotOf({ file, sha256, skipped, faults }: Recording, { format, eventCount, info }: RecordedSession) {
  const counts = { events: eventCount, skipped_entries: skipped, bad_lines: faults.length };
  return { file: basename(file), format, sha256, counts, info };
}

async function endSession(client: AchillesClient, session: SessionOut, recorded: RecordedSession, latest: number) {
  const status = session.status === 'active' ? recorded.status : session.status;
  if (status === 'active') return;
  const end_time = recorded.endTime ?? new Date(latest).toISOString();
  try {
    await client.updateSession(session.id, { status, end_time });
  } catch (error) {
    // A transcript that grew after its session had ended: the end stays where it was set first.
    if (!(error instanceof GatewayError && error.status === 409)) throw error;
  }
}
