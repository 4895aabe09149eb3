import { constants } from 'node:fs';
import { chmod, chown, type FileHandle, mkdir, open } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { ScratchFolders } from './scratch-folders.js';
import { chooseServerUser, type ServerUser } from './server-user.js';

/** Names the socket file; nothing listens on the network. */
export const PORT = 5432;

const LINUX = process.platform === 'linux';
/** What fits in `sockaddr_un` before its closing zero. */
const LONGEST_SOCKET_PATH = LINUX ? 107 : 103;

/**
 * The folder that the server owns: `<dataDir>/postgres` with `data` and `run` in it. On Linux the server gets it as an
 * open file, number 3, and names everything from there: so its user need not be able to enter the folders above
 * (`/root` is 0700), and its socket's path is short however deep the folder lies.
 */
export class ServerHome implements AsyncDisposable {
  private constructor(
    readonly path: string,
    readonly user: ServerUser | undefined,
    /** Device and inode: two paths with one key are one folder. */
    readonly key: string,
    private readonly handle: FileHandle,
  ) {}

  static async open(dataDir: string): Promise<ServerHome> {
    const path = resolve(dataDir, 'postgres');
    await mkdir(path, { recursive: true, mode: 0o700 });
    const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      const { uid, gid, dev, ino } = await handle.stat();
      const user = chooseServerUser(process.getuid?.(), { uid, gid });
      if (user) await handle.chown(user.uid, user.gid);
      await handle.chmod(0o700);
      return new ServerHome(path, user, `${dev}-${ino}`, handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The folder as a child sees it that was given `descriptor` as its file number 3. */
  get seenByServer(): string {
    return LINUX ? '/proc/self/fd/3' : this.path;
  }

  get descriptor(): number {
    return this.handle.fd;
  }

  get data(): string {
    return join(this.path, 'data');
  }

  /** Hands a folder to the server's user, and keeps everybody else out. */
  async own(folder: string): Promise<void> {
    if (this.user) await chown(folder, this.user.uid, this.user.gid);
    await chmod(folder, 0o700);
  }

  /** Makes what has happened to the names in this folder outlive a power failure. */
  sync(): Promise<void> {
    return this.handle.sync();
  }

  /** Where the server puts its socket, and how this process, root or not, comes to it. */
  async makeSocketFolder(scratch: ScratchFolders): Promise<SocketFolder> {
    const run = join(this.path, 'run');
    const fits = Buffer.byteLength(join(run, socketName())) <= LONGEST_SOCKET_PATH;
    const folder = fits || LINUX ? run : await scratch.make();
    await mkdir(folder, { recursive: true });
    await this.own(folder);
    if (!LINUX) return { path: folder, seenByServer: folder, seenByClients: folder };
    return {
      path: folder,
      seenByServer: join(this.seenByServer, basename(folder)),
      seenByClients: fits ? folder : `/proc/self/fd/${this.descriptor}/run`,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle.close();
  }
}

/** The socket's folder under its three names. */
export interface SocketFolder {
  readonly path: string;
  readonly seenByServer: string;
  readonly seenByClients: string;
}

/** The name that PostgreSQL and its clients agree on for a port. */
export function socketName(): string {
  return `.s.PGSQL.${PORT}`;
}
