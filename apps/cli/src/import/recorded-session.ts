import type { SessionStatus } from '#core/sessions/sessions.js';
import type { MCPEvent } from '#core/signals/event.js';
import { ExpectedFailure } from '../expected-failure.js';

/** The formats that can be imported. */
export const FORMATS = ['swe-agent', 'claude-code', 'achilles'] as const;
export type Format = (typeof FORMATS)[number];

/** An event as the API takes it, but for the session: that is known when it is sent. */
export type RecordedEvent = Omit<MCPEvent, 'session_id' | 'external_session_key'>;

/** One agent session out of a recording, whatever the format: the same file always gives the same one. */
export interface RecordedSession {
  readonly key: string;
  readonly format: Format;
  readonly startTime: string;
  /** Where the recording says nothing, the session ends with its last event. */
  readonly endTime?: string;
  readonly status: SessionStatus;
  readonly userId?: string;
  readonly workspaceId?: string;
  readonly workspaceRoot?: string;
  readonly vcsRemoteUrl?: string;
  readonly tags: readonly string[];
  /** What the recording says about the run as a whole, for the import snapshot. */
  readonly info: Readonly<Record<string, unknown>>;
  readonly eventCount: number;
  /** True when this recording alone feeds its session, so that `event_count` tells where an import stopped. */
  readonly resumable: boolean;
  /** The events in order. Formats without times count from the start time that the server knows. */
  events(startTime: string): AsyncIterable<RecordedEvent> | Iterable<RecordedEvent>;
}

/** A line that could not be understood; the rest of its file can. */
export interface LineFault {
  readonly line: number;
  readonly reason: string;
}

/** What one file holds. */
export interface Recording {
  readonly file: string;
  readonly format: Format;
  readonly sha256: string;
  readonly sessions: readonly RecordedSession[];
  readonly faults: readonly LineFault[];
  /** Entries that carry no event, by type. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** A file as it was when the import came to it; what is appended later is for the next import. */
export interface SourceFile {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** A file that cannot be imported at all. The message is the reason, without the file's name. */
export class UnreadableRecording extends ExpectedFailure {}
