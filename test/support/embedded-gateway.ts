import { EmbeddedPostgres } from '#database/embedded/embedded-postgres.js';

/** What a gateway does with its embedded PostgreSQL, as a process that a test can kill: `<this> <data folder>`. */
const log = (line: string) => process.stderr.write(`${line}\n`);
const server = new EmbeddedPostgres({ dataDir: process.argv[2]!, log });
process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
try {
  process.stdout.write(`${JSON.stringify(await server.start())}\n`);
} catch (error) {
  log((error as Error).message);
  process.exit(1);
}
