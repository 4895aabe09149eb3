import type { PlayResult } from './play-session.js';
import type { LineFault } from './recorded-session.js';

/** What became of one session of a file. */
export interface SessionReport extends Partial<PlayResult> {
  readonly key: string;
  readonly events: number;
  readonly error?: string;
}

/** What became of one file: `error` when nothing in it could be read. */
export interface FileReport {
  readonly file: string;
  readonly format?: string;
  readonly error?: string;
  readonly faults: readonly LineFault[];
  readonly skipped: Readonly<Record<string, number>>;
  readonly sessions: readonly SessionReport[];
}

/** The whole import, as `--json` prints it. */
export interface ImportReport {
  readonly url: string;
  readonly dry_run: boolean;
  readonly ok: boolean;
  /** Why the import ended before its last file. */
  readonly stopped?: string;
  readonly totals: Totals;
  readonly files: readonly FileReport[];
}

interface Totals {
  readonly files: number;
  readonly sessions: number;
  readonly events: number;
  readonly ingested: number;
  readonly deduped: number;
  readonly failed_events: number;
  readonly unreadable_files: number;
  readonly bad_lines: number;
}

const MOST_SHOWN = 10;

/** Adds up the files; `ok` when nothing at all went wrong. */
export function importReport(
  files: readonly FileReport[],
  head: Pick<ImportReport, 'url' | 'dry_run' | 'stopped'>,
): ImportReport {
  const sessions = files.flatMap((file) => file.sessions);
  const totals: Totals = {
    files: files.length,
    sessions: sessions.length,
    events: sum(sessions.map(({ events }) => events)),
    ingested: sum(sessions.map(({ ingested = 0 }) => ingested)),
    deduped: sum(sessions.map(({ deduped = 0 }) => deduped)),
    failed_events: sum(sessions.map(({ failed = [] }) => failed.length)),
    unreadable_files: files.filter(({ error }) => error !== undefined).length,
    bad_lines: sum(files.map(({ faults }) => faults.length)),
  };
  const faultless = totals.failed_events + totals.unreadable_files + totals.bad_lines === 0;
  const ok = faultless && head.stopped === undefined && sessions.every(({ error }) => error === undefined);
  return { ...head, ok, totals, files };
}

/** A line about the import's work: what happened, and to what. */
export type ReportLine = readonly [what: string, text: string];

/** The line for a session as it ends. */
export function sessionLine(session: SessionReport, dryRun: boolean): ReportLine {
  const { key, events, status, sent = 0, ingested = 0, deduped = 0, failed = [], error } = session;
  if (error !== undefined) return ['failed', `${key}: ${error}`];
  const parts = [
    count(events, 'event'),
    ...(sent > 0 ? [`${ingested} new`] : []),
    ...(deduped > 0 ? [count(deduped, 'duplicate')] : []),
    ...(failed.length > 0 ? [`${failed.length} refused`] : []),
  ];
  return [dryRun ? 'would import' : (status ?? ''), `${key}: ${parts.join(', ')}`];
}

/** What went wrong in a file, one line each; a long list is cut with a count of the rest. */
export function faultLines({ file, error, faults, sessions }: FileReport): ReportLine[] {
  if (error !== undefined) return [['not imported', `${file} ${error}`]];
  return [
    ...shown(faults.map(({ line, reason }) => ['bad line', `${file}:${line} ${reason}`])),
    ...sessions.flatMap(({ key, failed = [] }) =>
      shown(failed.map(({ index, code, message }) => ['refused', `event ${index} of ${key}: ${code}: ${message}`])),
    ),
  ];
}

/** The last line for people. */
export function totalsLine({ totals, dry_run }: ImportReport): string {
  const { files, sessions, events, ingested, deduped, failed_events, unreadable_files, bad_lines } = totals;
  const parts = [`${count(sessions, 'session')} in ${count(files, 'file')}: ${count(events, 'event')}`];
  if (!dry_run) parts.push(`${ingested} new`);
  if (deduped > 0) parts.push(count(deduped, 'duplicate'));
  if (failed_events > 0) parts.push(`${failed_events} refused`);
  if (unreadable_files > 0) parts.push(`${count(unreadable_files, 'file')} not imported`);
  if (bad_lines > 0) parts.push(count(bad_lines, 'bad line'));
  return parts.join(', ');
}

const sum = (figures: readonly number[]) => figures.reduce((total, figure) => total + figure, 0);
const count = (figure: number, noun: string) => `${figure} ${noun}${figure === 1 ? '' : 's'}`;

function shown(lines: readonly ReportLine[]): ReportLine[] {
  const more = lines.length - MOST_SHOWN;
  return more > 0 ? [...lines.slice(0, MOST_SHOWN), ['…', `and ${more} more, all with --json`]] : [...lines];
}
