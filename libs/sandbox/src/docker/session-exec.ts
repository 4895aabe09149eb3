import type { Duplex } from 'node:stream';
import type Dockerode from 'dockerode';
import { SANDBOX_USER } from './container-of.js';
import { type EngineLink, isFault } from './engine-link.js';

const TRIES = 20;
const TRY_MS = 50;
/** Of a process that nobody can be asked about any more: its container is gone. */
const UNKNOWN = -1;

/** One more process in a container that runs. */
export interface Exec {
  readonly stream: Duplex;
  /** Once its output has ended. */
  exitCode(): Promise<number>;
}

/** Starts a process; `argv` is given to the kernel as it is. @throws SandboxUnavailable, EngineFault 404 and 409 when the container is gone */
export async function startExec(
  link: EngineLink,
  container: string,
  argv: readonly string[],
  stdin: boolean,
): Promise<Exec> {
  const exec = await link.ask((docker, abortSignal) =>
    docker.getContainer(container).exec({
      Cmd: [...argv],
      User: SANDBOX_USER,
      WorkingDir: '/work',
      Privileged: false,
      Tty: false,
      AttachStdin: stdin,
      AttachStdout: true,
      AttachStderr: true,
      abortSignal,
    }),
  );
  const stream = await link.ask((_docker, abortSignal) => exec.start({ hijack: true, stdin, Tty: false, abortSignal }));
  stream.on('error', () => undefined);
  return { stream, exitCode: () => exitCodeOf(link, exec) };
}

/** The output may end a moment before the process. */
async function exitCodeOf(link: EngineLink, exec: Dockerode.Exec): Promise<number> {
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      const { ExitCode } = await link.ask((_docker, abortSignal) => exec.inspect({ abortSignal }));
      if (ExitCode !== null) return ExitCode;
      await new Promise((resolve) => setTimeout(resolve, TRY_MS));
    }
  } catch (error) {
    if (!isFault(error, 404, 409, 500)) throw error;
  }
  return UNKNOWN;
}
