import { StringDecoder } from 'node:string_decoder';
import type { EgressAnswer } from '#egress/egress-client.js';
import type { CallChannel } from '#gateway/tools/call-channel.js';

/** An answer as lines of JSON: `{"progress": 2, "total": 5, "message": "…"}` any number of times, `{"result": …}` last. */
export const LINES = 'application/x-ndjson';

/** How often the time is told, and how often at most a backend's own reports. */
const EVERY_MS = 2_000;
const LEAST_MS = 100;
/** A report is short; a longer line is the result. */
const MAX_LINE = 4_096;
const MAX_MESSAGE = 500;

export const isLines = ({ 'content-type': type }: EgressAnswer['headers']): boolean =>
  typeof type === 'string' && type.startsWith(LINES);

/**
 * What a long call tells while it runs. Until the backend reports itself: the seconds that have passed, without a total,
 * for how many are left nobody knows. From then on what the backend says, counted on from there: progress only grows.
 */
export class ProgressReport {
  private readonly began = performance.now();
  private readonly decoder = new StringDecoder();
  private readonly timer: NodeJS.Timeout;
  private line = '';
  private base = 0;
  private last = 0;
  private toldAt = 0;

  constructor(
    private readonly channel: CallChannel,
    timeoutMs: number,
  ) {
    this.timer = setInterval(() => {
      this.base = this.last = Math.round((performance.now() - this.began) / 1_000);
      this.channel.progress(this.last, undefined, `Running for ${this.last} s, at most ${timeoutMs / 1_000} s`);
    }, EVERY_MS).unref();
  }

  end(): void {
    clearInterval(this.timer);
  }

  readonly heard = (chunk: Buffer, headers: EgressAnswer['headers']): void => {
    if (!isLines(headers)) return;
    clearInterval(this.timer);
    const lines = (this.line + this.decoder.write(chunk)).split('\n');
    this.line = lines.pop()!;
    // What is longer is no report: its beginning is kept, so that it stays too long, and nothing else of it.
    if (this.line.length > MAX_LINE) this.line = this.line.slice(0, MAX_LINE + 1);
    for (const line of lines) if (line.length <= MAX_LINE) this.tell(line);
  };

  private tell(line: string): void {
    const { progress, total, message } = reportIn(line);
    const now = performance.now();
    if (typeof progress !== 'number' || !Number.isFinite(progress)) return;
    if (this.base + progress <= this.last || now - this.toldAt < LEAST_MS) return;
    this.last = this.base + progress;
    this.toldAt = now;
    const of = typeof total === 'number' && total >= progress ? this.base + total : undefined;
    this.channel.progress(this.last, of, typeof message === 'string' ? message.slice(0, MAX_MESSAGE) : undefined);
  }
}

function reportIn(line: string): { progress?: unknown; total?: unknown; message?: unknown } {
  try {
    return (JSON.parse(line) as object | null) ?? {};
  } catch {
    return {};
  }
}
