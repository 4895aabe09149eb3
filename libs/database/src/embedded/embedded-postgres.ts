import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError, OR_BRING_YOUR_OWN } from './embedded-postgres.errors.js';
import { lockDataDir } from './gateway-lock.js';
import { DATABASE, initialise, USER } from './initialise.js';
import { keepRunning } from './keep-running.js';
import { clearLeftovers } from './leftovers.js';
import { launchPostmaster, type Postmaster, PostmasterFailed } from './postmaster.js';
import { ScratchFolders } from './scratch-folders.js';
import { findServerPackage, prepareBinaries } from './server-binaries.js';
import { PORT, ServerHome } from './server-home.js';
import { serverArguments } from './server-settings.js';

/** Where the server keeps its data, and who hears its log, line by line. */
export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly log: (line: string) => void;
}

/** Settings for `pg`. `ssl` is said because PGSSLMODE, if set, is meant for some other server. */
export interface PostgresConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly ssl: false;
}

interface Opened {
  readonly connection: PostgresConnection;
  readonly resources: AsyncDisposable;
}

/** How long the backends of a killed server may take to notice. */
const PREDECESSOR_PATIENCE_MS = 10_000;

/**
 * A real PostgreSQL, private to this gateway and kept running by it: reachable through one socket in a folder that
 * nobody else may enter, started again when it dies, one gateway per data folder.
 */
export class EmbeddedPostgres {
  readonly #dataDir: string;
  readonly #log: (line: string) => void;
  #abort = new AbortController();
  #opening: Promise<Opened> | undefined;
  #closed: Promise<unknown> = Promise.resolve();

  constructor({ dataDir, log }: EmbeddedPostgresOptions) {
    this.#dataDir = resolve(dataDir);
    this.#log = log;
  }

  /** Settles when the server takes connections. The settings hold until `stop`, through every restart of the server. */
  async start(): Promise<PostgresConnection> {
    const { signal } = this.#abort;
    const open = () => this.#open(signal);
    const opening = (this.#opening ??= this.#closed.then(open, open));
    try {
      return (await opening).connection;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw signal.aborted ? signal.reason : this.#explain(error);
    }
  }

  /** Ends whatever is under way, the first start too; settles when no process, lock or temporary folder is left. */
  async stop(): Promise<void> {
    const opening = this.#opening;
    if (opening) {
      this.#opening = undefined;
      this.#abort.abort(new EmbeddedPostgresError('stopped', 'The embedded PostgreSQL was stopped.'));
      this.#abort = new AbortController();
      this.#closed = opening.then(
        ({ resources }) => resources[Symbol.asyncDispose](),
        () => undefined,
      );
    }
    await this.#closed;
  }

  /** Takes everything in order; what has been taken is given back in reverse, at `stop` or when a step fails. */
  async #open(signal: AbortSignal): Promise<Opened> {
    signal.throwIfAborted();
    const log = this.#log;
    const serverPackage = await findServerPackage();
    await using taken = new AsyncDisposableStack();
    await mkdir(this.#dataDir, { recursive: true });
    taken.use(lockDataDir(this.#dataDir));
    const home = taken.use(await ServerHome.open(this.#dataDir));
    const scratch = taken.use(await ScratchFolders.open(home.key));
    const binaries = await prepareBinaries(serverPackage, home.user, scratch);
    await initialise(home, binaries, serverPackage.major, signal);
    const socket = await home.makeSocketFolder(scratch);
    const args = serverArguments(home, socket, PORT);
    const launch = async () => {
      await clearLeftovers(home, socket, log);
      return launchPostmaster({ home, program: binaries.postgres, args, log, signal });
    };
    const running = keepRunning(await outwaitPredecessor(launch, signal), launch, { log, signal });
    taken.defer(() => running);
    const connection = { host: socket.seenByClients, port: PORT, user: USER, database: DATABASE, ssl: false } as const;
    return { connection, resources: taken.move() };
  }

  /** What the operating system refused is nearly always about the folder: said with its name. */
  #explain(error: unknown): unknown {
    if (error instanceof EmbeddedPostgresError) return error;
    return new EmbeddedPostgresError(
      'data_dir_unusable',
      `Cannot keep the embedded PostgreSQL's data in ${this.#dataDir}: ${(error as Error).message}. ` +
        `Give the gateway a DATA_DIR that it owns and can write to, ${OR_BRING_YOUR_OWN}.`,
      error,
    );
  }
}

/** The first start fails at once, so that the operator sees why, unless the reason goes away by itself. */
async function outwaitPredecessor(launch: () => Promise<Postmaster>, signal: AbortSignal): Promise<Postmaster> {
  const deadline = performance.now() + PREDECESSOR_PATIENCE_MS;
  for (;;) {
    try {
      return await launch();
    } catch (error) {
      const passing = error instanceof PostmasterFailed && error.heldByPredecessor;
      if (!passing || performance.now() > deadline) throw error;
      await delay(100, undefined, { signal });
    }
  }
}
