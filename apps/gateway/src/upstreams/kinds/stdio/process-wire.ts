import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { scanJson, TOO_DEEP } from '#gateway/http/json-scan.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import type { Wire } from '../dialogue/wire.js';
import { LineReader } from './line-reader.js';
import type { SecretValues } from './secret-values.js';
import type { StderrLog } from './stderr-log.js';

/** Far more than any result may be; a process that says more in one line is ended. */
const MOST_LINE_BYTES = 16 * 1_024 * 1_024;
/** What it has not read yet: beyond, it is not reading. */
const MOST_UNREAD_BYTES = 8 * 1_024 * 1_024;
const DEPTH = { depth: 256, keys: Infinity };
/** Pieces of this size come from a process that says much: others have their turn between two of them. */
const MUCH_BYTES = 32 * 1_024;

const ANSWERED = /^\{"jsonrpc":"2\.0","id":(\d{1,15}),| .*,"id":(\d{1,15})\}$/;

/** Some take these for the end of a line, too, though JSON does not. */
const LINE_ENDS = /[\u2028\u2029]/g;
const escape = (character: string) => (character === '\u2028' ? '\\u2028' : '\\u2029');

/** How long a process may take to end when its input does, and when it is told to. */
const EOF_MS = 1_000;
const TERM_MS = 2_000;
/** What it wrote last may still be on its way when it has ended. */
const LAST_WORDS_MS = 250;

/** A program, and everything that is to be known to start it. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  /** Bytes of address space. */
  readonly maxMemory: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: SecretValues;
  readonly stderr: StderrLog;
  /** Told its process group; returns how to say that it has ended. */
  readonly watch: (group: number) => () => void;
}

/** A process, spoken to line by line. It has a group of its own, which ends as a whole. */
export class ProcessWire implements Wire {
  readonly ended: Promise<Error>;
  private cause: Error | undefined;
  private closing: Promise<void> | undefined;
  private noise = 0;

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly launch: Launch,
    private readonly hear: (message: unknown) => void,
  ) {
    const forget = launch.watch(child.pid!);
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        const said = new Promise((closed) => child.once('close', closed));
        void Promise.race([said, delay(LAST_WORDS_MS)]).then(() => {
          // What it has started goes with it.
          killGroup(child.pid!, 'SIGKILL');
          forget();
          resolve(this.cause ?? new Error(`the process ended with ${signal ?? `exit code ${code}`}`));
        });
      });
    });
    const lines = new LineReader(
      MOST_LINE_BYTES,
      (line) => this.heard(line),
      () => this.abort(`it said more than ${MOST_LINE_BYTES} bytes in one line`),
    );
    child.stdout.on('data', (chunk: Buffer) => {
      lines.take(chunk);
      if (chunk.length >= MUCH_BYTES) this.pause();
    });
    child.stderr.on('data', launch.stderr.of(launch.secrets));
    // Whoever writes to one that has just ended learns it from its end.
    for (const stream of [child.stdin, child.stdout, child.stderr, child]) stream.on('error', () => undefined);
  }

  /** @throws when there is no such program or folder */
  static async start(launch: Launch, hear: (message: unknown) => void): Promise<ProcessWire> {
    const { cwd, environment: env, maxMemory } = launch;
    if (cwd !== undefined && !existsSync(cwd)) throw new Error(`its folder ${cwd} does not exist`);
    const limited = maxMemory !== undefined;
    const command = limited ? '/bin/sh' : launch.command;
    const kibibytes = String(Math.floor((maxMemory ?? 0) / 1_024));
    const args = limited ? ['-c', 'ulimit -v "$0" && exec "$@"', kibibytes, launch.command] : [];
    const child = spawn(command, [...args, ...launch.args], { cwd, env, detached: true, stdio: 'pipe' });
    const wire = child.pid === undefined ? undefined : new ProcessWire(child, launch, hear);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error: NodeJS.ErrnoException) => {
        reject(new Error(`${launch.command} cannot be started (${error.code ?? 'for a reason that is not known'})`));
      });
    });
    return wire!;
  }

  send(text: string): void {
    const { stdin } = this.child;
    if (!stdin.writable) throw new Error('the process has ended');
    if (stdin.writableLength > MOST_UNREAD_BYTES) throw new Error('it does not read what it is told');
    stdin.write(`${text.replace(LINE_ENDS, escape)}\n`);
  }

  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  status(): JsonObject {
    return { pid: this.child.pid, ...(this.noise > 0 && { noise: this.noise }) };
  }

  private async end(): Promise<void> {
    const { child } = this;
    const gone = this.ended.then(() => true);
    const within = (ms: number) => Promise.race([gone, delay(ms, false, { ref: false })]);
    child.stdin.end();
    if (await within(EOF_MS)) return;
    killGroup(child.pid!, 'SIGTERM');
    if (await within(TERM_MS)) return;
    killGroup(child.pid!, 'SIGKILL');
    await gone;
  }

  private heard(line: Buffer): void {
    let message: unknown;
    if (line.length > DEPTH.depth && scanJson(line, DEPTH) === TOO_DEEP) return this.refused(line);
    try {
      message = JSON.parse(this.launch.secrets.hideInJson(line.toString('utf8')));
    } catch {
      // Programs greet people on standard output, too.
      if (line.length > 0) this.noise++;
      return;
    }
    this.hear(message);
  }

  /** What cannot be read still fails the request that it answers, where it says so at its begin or its end. */
  private refused(line: Buffer): void {
    this.noise++;
    const ends = `${line.toString('utf8', 0, 100)} ${line.toString('utf8', line.length - 100)}`;
    const found = ANSWERED.exec(ends);
    const id = found?.[1] ?? found?.[2];
    if (id !== undefined) this.hear({ id: Number(id) });
  }

  private pause(): void {
    this.child.stdout.pause();
    setImmediate(() => this.child.stdout.resume());
  }

  private abort(reason: string): void {
    this.cause = new Error(reason);
    killGroup(this.child.pid!, 'SIGKILL');
  }
}

/** Whoever has gone already is no fault. */
function killGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // ESRCH.
  }
}
