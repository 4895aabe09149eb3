import { Client, type PoolConfig } from 'pg';

export const TEMPLATE = 'achilles_template';

/** How to reach the run's PostgreSQL server; global-setup leaves it in TEST_SERVER. */
export interface TestServer {
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
}

export function connectionTo(server: TestServer, database: string | undefined): PoolConfig {
  return { connectionString: urlOf(server, database ?? 'postgres') };
}

function urlOf(server: TestServer, database: string): string {
  if (server.url !== undefined) {
    const url = new URL(server.url);
    url.pathname = `/${database}`;
    return url.href;
  }
  return `postgres://${server.user}@/${database}?host=${encodeURIComponent(server.host!)}&port=${server.port}`;
}

let databases = 0;

/** A database of one suite's own, migrated, dropped when the suite is done. */
export class TestDatabase implements AsyncDisposable {
  private constructor(
    readonly name: string,
    readonly url: string,
    private readonly server: TestServer,
  ) {}

  /** `empty` gives one without any table. */
  static async create({ empty = false } = {}): Promise<TestDatabase> {
    const server = JSON.parse(process.env['TEST_SERVER']!) as TestServer;
    const name = `achilles_test_${process.pid}_${++databases}`;
    await asAdmin(server, `create database ${name} template ${empty ? 'template1' : TEMPLATE}`);
    return new TestDatabase(name, urlOf(server, name), server);
  }

  async query<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.url });
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await asAdmin(this.server, `drop database if exists ${this.name} with (force)`);
  }
}

async function asAdmin(server: TestServer, sql: string): Promise<void> {
  const client = new Client(connectionTo(server, undefined));
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
