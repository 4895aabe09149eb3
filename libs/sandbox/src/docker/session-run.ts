import type { RunOutcome } from '../sandbox.js';
import { SessionNotFound } from '../sandbox.errors.js';
import type { SessionRun } from '../sandbox-sessions.js';
import { checkPackages } from './allowed-packages.js';
import type { DockerParts } from './docker-parts.js';
import type { DockerSession } from './docker-session.js';
import { isFault } from './engine-link.js';
import { outcomeOf } from './outcome-of.js';
import { COPIED, COPY_PROGRAM } from './programs/copy.program.js';
import { RUN_PROGRAM } from './programs/run.program.js';
import { converse, runProgram } from './run-program.js';
import { type Exec, startExec } from './session-exec.js';

const COPY_MS = 60_000;
const COPY_WORDS = 1_024;

/** Runs code in a session, in the folder that its commands work in. */
export async function runInSession(
  parts: DockerParts,
  session: DockerSession,
  run: SessionRun,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const { options, link } = parts;
  checkPackages(run.dependencies, options.blockedPackages);
  const base = await baseOf(parts, session, run, signal);
  const timeoutMs = Math.min(run.timeoutMs, options.maxTimeoutMs);
  const most = options.maxOutputBytes;
  let exec: Exec;
  try {
    exec = await startExec(link, session.containerId, ['node', '-e', RUN_PROGRAM], true);
  } catch (error) {
    if (!isFault(error, 404, 409, 500)) throw error;
    session.end();
    throw new SessionNotFound(session.facts.id);
  }
  let goesOn = false;
  try {
    const input = { code: run.code, args: {}, base, most };
    const end = await converse(exec.stream, exec.exitCode, input, { timeoutMs, most, signal });
    goesOn = end.cause === 'told' || end.cause === 'exited';
    return outcomeOf(end, { timeoutMs, most });
  } finally {
    exec.stream.destroy();
    if (!goesOn) await session.sweep();
  }
}

/** Where the code finds its packages. Without any it is where its commands work. */
async function baseOf(
  { options, containers, caches }: DockerParts,
  session: DockerSession,
  { dependencies }: SessionRun,
  signal: AbortSignal,
): Promise<string> {
  if (dependencies.length === 0) return '/work';
  const { imageId: image, volume } = session.facts;
  const { limits, owner } = options;
  return caches.with(image, dependencies, signal, async ({ name, labels }) => {
    const folder = `/deps/${name}`;
    if (session.copied.has(name)) return folder;
    const volumes = [
      { name, labels, at: '/from', readOnly: true },
      { name: volume, at: '/tmp', readOnly: false },
    ];
    const plan = {
      kind: 'copy',
      image,
      program: COPY_PROGRAM,
      limits,
      owner,
      expires: Date.now() + COPY_MS * 2,
    } as const;
    const bounds = { timeoutMs: COPY_MS, most: COPY_WORDS, signal };
    const { cause, told } = await runProgram(containers, { ...plan, volumes }, { key: name }, bounds);
    if (cause !== 'told') throw new Error(`the dependencies could not be copied: ${cause}`);
    if (told !== COPIED) return undefined;
    session.copied.add(name);
    return folder;
  });
}
