import type { CommandResult } from '../sandbox-sessions.js';
import type { DockerSession } from './docker-session.js';
import { type EngineLink, isFault } from './engine-link.js';
import { KeptBytes } from './kept-bytes.js';
import { type Exec, startExec } from './session-exec.js';
import { StreamFrames } from './stream-frames.js';

/** As of `timeout`. */
const TIMED_OUT = 124;
const KILLED = 137;
/** Where reading on would be work for nothing. */
const FLOOD = 64;

export interface CommandBounds {
  /** Milliseconds, for all of them. */
  readonly timeoutMs: number;
  /** Bytes that are kept of all they write. */
  readonly most: number;
  readonly signal: AbortSignal;
}

type Stop = 'ended' | 'timeout' | 'flood' | 'aborted';

/** Runs commands one after the other until one fails. Of one that takes too long everything in the session is killed. */
export async function runCommands(
  link: EngineLink,
  session: DockerSession,
  commands: readonly string[],
  { timeoutMs, most, signal }: CommandBounds,
): Promise<CommandResult[]> {
  const deadline = performance.now() + timeoutMs;
  const results: CommandResult[] = [];
  let room = most;
  for (const command of commands) {
    signal.throwIfAborted();
    const stdout = new KeptBytes(room);
    const stderr = new KeptBytes(room);
    const [exitCode, note] = await one(link, session, command, { deadline, most, signal, stdout, stderr });
    const texts = { stdout: stdout.text, stderr: stderr.text.slice(0, Math.max(0, room - stdout.text.length)) };
    room = Math.max(0, room - texts.stdout.length - texts.stderr.length);
    const truncated = stdout.truncated || stderr.truncated || texts.stderr.length < stderr.text.length;
    results.push({ command, exitCode, ...texts, stderr: texts.stderr + note, truncated });
    if (exitCode !== 0) break;
  }
  return results;
}

interface One {
  readonly deadline: number;
  readonly most: number;
  readonly signal: AbortSignal;
  readonly stdout: KeptBytes;
  readonly stderr: KeptBytes;
}

/** @returns its exit code, and a line about why it is that one */
async function one(
  link: EngineLink,
  session: DockerSession,
  command: string,
  bounds: One,
): Promise<readonly [number, string]> {
  let exec: Exec;
  try {
    exec = await startExec(link, session.containerId, ['sh', '-c', command], false);
  } catch (error) {
    if (!isFault(error, 404, 409, 500)) throw error;
    session.end();
    return [KILLED, 'The session has ended.\n'];
  }
  const stop = await listen(exec, bounds);
  exec.stream.destroy(stop === 'ended' ? undefined : new Error(stop));
  if (stop === 'ended') {
    const exitCode = await exec.exitCode();
    return exitCode < 0 ? [KILLED, 'The session has ended.\n'] : [exitCode, ''];
  }
  const goesOn = await session.sweep();
  bounds.signal.throwIfAborted();
  const why = stop === 'timeout' ? 'It took too long' : 'It wrote far too much';
  const what = goesOn ? 'every process of the session was killed' : 'the session was ended';
  return [stop === 'timeout' ? TIMED_OUT : KILLED, `${why}: ${what}.\n`];
}

function listen({ stream }: Exec, { deadline, most, signal, stdout, stderr }: One): Promise<Stop> {
  return new Promise<Stop>((resolve) => {
    let total = 0;
    const settle = (stop: Stop) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(stop);
    };
    const onAbort = () => settle('aborted');
    const timer = setTimeout(() => settle('timeout'), Math.max(0, deadline - performance.now()));
    signal.addEventListener('abort', onAbort, { once: true });
    const frames = new StreamFrames((name, bytes) => (name === 'stdout' ? stdout : stderr).add(bytes));
    stream.on('data', (piece: Buffer) => {
      frames.take(piece);
      total += piece.length;
      if (total > most * FLOOD) settle('flood');
    });
    stream.on('end', () => settle('ended'));
    stream.on('close', () => settle('ended'));
  });
}
