import { redact } from '#observability/redact.js';

/** How a call ended. */
export const DECISIONS = ['granted', 'refused', 'limited', 'failed', 'timed_out', 'cancelled'] as const;
export type Decision = (typeof DECISIONS)[number];

/** What is known of one call, or of one change to the log itself. Nothing of its input but a hash. */
export interface AuditEvent {
  /** What kind of call: `http.request`, `http.auth` when it was refused, `audit.*` for the log itself. */
  readonly event: string;
  readonly requestId: string | null;
  readonly tenant: string | null;
  readonly sub: string | null;
  readonly clientId: string | null;
  /** The operation that was asked for; null where there is none of that name. */
  readonly tool: string | null;
  readonly upstream: string | null;
  readonly decision: Decision;
  readonly reason: string | null;
  readonly status: number | null;
  readonly latencyMs: number;
  readonly inputSha256: string | null;
  readonly outputBytes: number | null;
  readonly securityFlags: readonly string[];
  readonly traceId: string | null;
}

/** A record as it stands in the file, in this order. */
export interface AuditRecord {
  readonly ts: string;
  readonly seq: number;
  readonly request_id: string | null;
  readonly event: string;
  readonly tenant: string | null;
  readonly sub: string | null;
  readonly client_id: string | null;
  readonly tool: string | null;
  readonly upstream: string | null;
  readonly decision: Decision;
  readonly reason: string | null;
  readonly status: number | null;
  readonly latency_ms: number;
  readonly input_sha256: string | null;
  readonly output_bytes: number | null;
  readonly security_flags: readonly string[];
  readonly trace_id: string | null;
  /** Present, and true, when something was too long and was cut. */
  readonly truncated?: true;
  readonly prev: string;
  readonly hash: string;
}

/** An event of the log itself. */
export const logEvent = (event: string, reason: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  event,
  requestId: null,
  tenant: null,
  sub: null,
  clientId: null,
  tool: null,
  upstream: null,
  decision: 'failed',
  reason,
  status: null,
  latencyMs: 0,
  inputSha256: null,
  outputBytes: null,
  securityFlags: [],
  traceId: null,
  ...more,
});

const LONGEST_NAME = 256;
const LONGEST_REASON = 512;
const MOST_FLAGS = 16;
const LONGEST_FLAG = 64;
/** Redaction shortens: what is looked at is longer than what is kept. */
const LOOKED_AT = 4_096;

/** UUIDs and hashes, the usual identifiers, hold no secret and need no quoting. */
const PLAIN_ID = /^[0-9a-f-]{1,64}$/;
const SIMPLE_NAME = /^\w{1,64}$/;

/** Who calls and what is called are few: their quoted forms are kept. */
const MOST_REMEMBERED = 2_048;

/** Writes records as JSON, redacted and cut, all but their `prev` and `hash`. */
export class RecordWriter {
  private readonly remembered = new Map<string, string>();
  private truncated = false;
  private lastMs = 0;
  private lastTs = '';

  /** The record's text up to `prev`, without a closing brace. */
  write(event: AuditEvent, seq: number, now: number): string {
    this.truncated = false;
    const flags = event.securityFlags.length === 0 ? '' : this.flags(event.securityFlags);
    const text =
      `{"ts":"${this.timestamp(now)}","seq":${seq},"request_id":${this.id(event.requestId)}` +
      `,"event":${this.name(event.event)},"tenant":${this.name(event.tenant)},"sub":${this.name(event.sub)}` +
      `,"client_id":${this.name(event.clientId)},"tool":${this.name(event.tool)}` +
      `,"upstream":${this.name(event.upstream)},"decision":"${event.decision}"` +
      `,"reason":${this.name(event.reason, LONGEST_REASON)},"status":${number(event.status)}` +
      `,"latency_ms":${Math.round((event.latencyMs || 0) * 1_000) / 1_000}` +
      `,"input_sha256":${this.id(event.inputSha256)},"output_bytes":${number(event.outputBytes)}` +
      `,"security_flags":[${flags}],"trace_id":${this.id(event.traceId)}`;
    return this.truncated ? `${text},"truncated":true` : text;
  }

  private timestamp(now: number): string {
    if (now !== this.lastMs) {
      this.lastMs = now;
      this.lastTs = new Date(now).toISOString();
    }
    return this.lastTs;
  }

  private id(text: string | null): string {
    if (text === null) return 'null';
    return PLAIN_ID.test(text) ? `"${text}"` : this.quote(text, LONGEST_NAME);
  }

  private name(text: string | null, longest = LONGEST_NAME): string {
    if (text === null) return 'null';
    const known = this.remembered.get(text);
    if (known !== undefined) return known;
    const quoted = this.quote(text, longest);
    if (text.length <= LONGEST_NAME) {
      if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
      this.remembered.set(text, quoted);
    }
    return quoted;
  }

  private flags(flags: readonly string[]): string {
    if (flags.length > MOST_FLAGS) this.truncated = true;
    return flags
      .slice(0, MOST_FLAGS)
      .map((flag) => (SIMPLE_NAME.test(flag) ? `"${flag}"` : this.quote(flag, LONGEST_FLAG)))
      .join(',');
  }

  private quote(text: string, longest: number): string {
    const clean = redact(text.slice(0, LOOKED_AT));
    if (text.length > LOOKED_AT || clean.length > longest) this.truncated = true;
    return JSON.stringify(clean.slice(0, longest));
  }
}

const number = (value: number | null) => (value !== null && Number.isFinite(value) ? String(value) : 'null');
