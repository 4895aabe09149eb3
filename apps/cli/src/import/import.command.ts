import { SingleBar } from 'cli-progress';
import type { AchillesClient } from '../client/achilles-client.js';
import { GatewayError, GatewayUnreachable } from '../client/gateway-error.js';
import { ExpectedFailure } from '../expected-failure.js';
import { openRecording } from '../formats/open-recording.js';
import { plainText, type Terminal } from '../terminal.js';
import { findRecordings } from './find-recordings.js';
import {
  type FileReport,
  faultLines,
  type ImportReport,
  importReport,
  type ReportLine,
  type SessionReport,
  sessionLine,
  totalsLine,
} from './import-report.js';
import { type PlayOptions, type PlayProgress, playSession } from './play-session.js';
import { type Format, type RecordedSession, type Recording, UnreadableRecording } from './recorded-session.js';

/** `achilles import` as its command line says. */
export interface ImportOptions extends PlayOptions {
  readonly format: Format | 'auto';
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Imports recordings one after the other. Returns the exit code: 1 when anything at all was not imported. */
export async function importCommand(
  client: AchillesClient,
  paths: readonly string[],
  options: ImportOptions,
  terminal: Terminal,
): Promise<number> {
  const run = new ImportRun(client, options, terminal);
  const report = await run.import(await findRecordings(paths));
  if (options.json) terminal.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else if (!options.quiet) terminal.stdout.write(`${totalsLine(report)}\n`);
  return report.ok && report.files.length > 0 ? 0 : 1;
}

class ImportRun {
  #stopped: string | undefined;

  constructor(
    private readonly client: AchillesClient,
    private readonly options: ImportOptions,
    private readonly terminal: Terminal,
  ) {}

  async import(files: readonly string[]): Promise<ImportReport> {
    if (files.length === 0) this.#write(['nothing found', 'folders are searched for .traj, .json, .jsonl and .ndjson']);
    const reports: FileReport[] = [];
    for (const file of files) {
      const report = await this.#importFile(file);
      faultLines(report).forEach((line) => this.#write(line));
      reports.push(report);
      if (this.#stopped !== undefined) break;
    }
    if (this.#stopped !== undefined) {
      this.#write(['stopped', this.#stopped]);
      const left = files.length - reports.length;
      if (left > 0) this.#write(['not tried', `${left} more file${left === 1 ? '' : 's'}`]);
    }
    const { href } = this.client.options.url;
    return importReport(reports, { url: href, dry_run: this.options.dryRun, stopped: this.#stopped });
  }

  async #importFile(file: string): Promise<FileReport> {
    try {
      const recording = await openRecording(file, this.options.format);
      const { format, faults, skipped } = recording;
      const sessions: SessionReport[] = [];
      for (const session of recording.sessions) {
        if (this.#stopped === undefined) sessions.push(await this.#importSession(recording, session));
      }
      if (recording.sessions.length === 0 && !this.options.quiet)
        this.#write(['nothing to do', `${file} holds no events`]);
      return { file, format, faults, skipped, sessions };
    } catch (error) {
      if (!(error instanceof UnreadableRecording)) throw error;
      return { file, error: error.message, faults: [], skipped: {}, sessions: [] };
    }
  }

  async #importSession(recording: Recording, session: RecordedSession): Promise<SessionReport> {
    const report = { key: session.key, events: session.eventCount, ...(await this.#outcome(recording, session)) };
    const line = sessionLine(report, this.options.dryRun);
    // What stops the whole import is told once, at its end.
    if (report.error === undefined ? !this.options.quiet : this.#stopped === undefined) this.#write(line);
    return report;
  }

  async #outcome(recording: Recording, session: RecordedSession): Promise<Partial<SessionReport>> {
    if (this.options.dryRun) return {};
    const bar = this.#progressBar(session);
    let progress: Partial<PlayProgress> = {};
    try {
      return await playSession(this.client, recording, session, this.options, (latest) => {
        progress = latest;
        bar?.update(latest.done);
      });
    } catch (error) {
      if (!(error instanceof ExpectedFailure)) throw error;
      const fatal = error instanceof GatewayUnreachable || (error instanceof GatewayError && error.concernsEveryCall);
      if (fatal) this.#stopped = error.message;
      return { ...progress, error: error.message };
    } finally {
      bar?.stop();
    }
  }

  #progressBar(session: RecordedSession): SingleBar | undefined {
    const { stderr } = this.terminal;
    if (!stderr.isTTY || this.options.quiet) return undefined;
    const bar = new SingleBar({
      stream: stderr as NodeJS.WritableStream,
      format: '{bar} {value}/{total} events, {eta_formatted} left  {key}',
      barsize: 24,
      clearOnComplete: true,
    });
    bar.start(session.eventCount, 0, { key: session.key });
    return bar;
  }

  #write([what, text]: ReportLine): void {
    this.terminal.stderr.write(`${what.padEnd(16)} ${plainText(text)}\n`);
  }
}
