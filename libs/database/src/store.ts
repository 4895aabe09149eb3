import { Logger } from '@nestjs/common';
import { Client, type PoolConfig } from 'pg';
import type { Config } from '#config/env.js';
import { Database } from './database.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { migrate } from './migrate.js';
import { StoreHealth } from './store-health.js';

type StoreConfig = Pick<Config, 'DATABASE_URL' | 'DATABASE_POOL_SIZE' | 'DATABASE_START_TIMEOUT_SECONDS' | 'DATA_DIR'>;

/** The gateway's PostgreSQL: the operator's, or one of its own that it starts and stops. */
export class Store implements AsyncDisposable {
  private constructor(
    readonly connection: PoolConfig,
    readonly database: Database,
    readonly health: StoreHealth,
    private readonly embedded: EmbeddedPostgres | undefined,
  ) {}

  /** Starts what is to be started, brings the schema up to date and opens the pool. */
  static async open(config: StoreConfig): Promise<Store> {
    const logger = new Logger('Database');
    const embedded = config.DATABASE_URL
      ? undefined
      : new EmbeddedPostgres({ dataDir: config.DATA_DIR, log: (line) => logger.debug(line) });
    const connection: PoolConfig = embedded ? await embedded.start() : { connectionString: config.DATABASE_URL };
    try {
      const applied = await bringUpToDate(connection, config.DATABASE_START_TIMEOUT_SECONDS);
      if (applied.length > 0) logger.log(`applied ${applied.length} migrations, up to ${applied.at(-1)}`);
    } catch (error) {
      await embedded?.stop();
      throw error;
    }
    const health = new StoreHealth(connection);
    const database = Database.open(connection, config.DATABASE_POOL_SIZE, (error) => health.reportFault(error));
    return new Store(connection, database, health, embedded);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.health.stop();
    await this.database.destroy();
    await this.embedded?.stop();
  }
}

async function bringUpToDate(connection: PoolConfig, patienceSeconds: number): Promise<string[]> {
  const deadline = Date.now() + patienceSeconds * 1_000;
  for (;;) {
    const client = new Client(connection);
    // A connection that breaks while it waits for another replica's migrations reports through the query.
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (error) {
      if (Date.now() > deadline) {
        const reason = (error as Error).message;
        throw new Error(`PostgreSQL cannot be reached: ${reason}. Check DATABASE_URL.`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
      continue;
    }
    try {
      return await migrate(client);
    } finally {
      await client.end();
    }
  }
}
