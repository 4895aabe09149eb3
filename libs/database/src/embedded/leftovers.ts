import { execFile } from 'node:child_process';
import { readFile, readlink, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { endServer, signalIfThere } from './end-server.js';
import { type ServerHome, type SocketFolder, socketName } from './server-home.js';

/**
 * Clears the way for a server, for the holder of the data folder's lock: ends one that outlived its gateway, and
 * removes lock files that would make a new one take a stranger's process, who now has the old number, for a server.
 */
export async function clearLeftovers(
  home: ServerHome,
  socket: SocketFolder,
  log: (line: string) => void,
): Promise<void> {
  const pidFile = join(home.data, 'postmaster.pid');
  const content = await readFile(pidFile, 'utf8').catch(() => undefined);
  if (content !== undefined) {
    const pid = Number.parseInt(content, 10);
    if (await isPostmasterOf(pid, home)) {
      log(`A PostgreSQL server (process ${pid}) outlived its gateway; shutting it down.`);
      await endServer((signal) => signalIfThere(pid, signal), gone(pid, home));
    }
    // That of a dead process stays: the server learns from it which shared memory to look at.
    if (!(pid > 0) || isAlive(pid)) await rm(pidFile, { force: true });
  }
  for (const name of [socketName(), `${socketName()}.lock`]) await rm(join(socket.path, name), { force: true });
}

/** A postmaster works in its data folder; that it is this very folder counts, not what it is called. */
async function isPostmasterOf(pid: number, home: ServerHome): Promise<boolean> {
  if (!(pid > 1)) return false;
  try {
    if (process.platform !== 'linux') return await isCalledPostmasterOf(pid, home.data);
    const [program, cwd, data] = await Promise.all([
      readlink(`/proc/${pid}/exe`),
      stat(`/proc/${pid}/cwd`),
      stat(home.data),
    ]);
    // A program that has been deleted meanwhile reads `…/postgres (deleted)`.
    return /^postgres( |$)/.test(basename(program)) && cwd.ino === data.ino && cwd.dev === data.dev;
  } catch {
    return false;
  }
}

async function isCalledPostmasterOf(pid: number, data: string): Promise<boolean> {
  const { stdout } = await promisify(execFile)('/bin/ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  return stdout.includes(`/postgres -D ${data} `);
}

async function gone(pid: number, home: ServerHome): Promise<void> {
  while (await isPostmasterOf(pid, home)) await delay(20);
}

/** A process that may not be signalled is alive too, but PostgreSQL itself knows that it cannot be a server of its user. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
